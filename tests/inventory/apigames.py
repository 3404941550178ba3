"""Apigames for tests: documented payloads, and an adapter without a network."""

import hashlib
import json

import pytest

from inventory.suppliers import base, registry
from inventory.suppliers.apigames import adapter as apigames
from ppob.kit.http import Response
from tests.conftest import NOON
from tests.providers import changed, config_of

CONFIG = config_of("http://127.0.0.1:1/apigames", merchant_id="M1", secret_key="SEC")
LIVE = changed(CONFIG, base_url="https://v1.apigames.id", mode=base.Mode.LIVE)
REQUEST = base.PurchaseRequest(
    ref_id="TRX1",
    sku="ML86",
    destination="136216325|2685",
    ceiling=20_000,
    callback_url="https://shop.example/callbacks/",
    first_sent_at=NOON,
    sent_at=NOON,
)
# https://docs.apigames.id/docs/v2/cek-status/cek-status-post, with another reference
SOLD = {
    "merchant_id": "M220718CYXXXXX3KFF",
    "trx_id": "T220926XXXXX00003",
    "ref_id": "TRX1",
    "destination": "4645",
    "product_code": "ff5",
    "product_code_master": "ff5",
    "message": "R#TRX1 ff5.4645, status SUKSES. SN/Ref: BSK.AFULP. RefId : "
    "12067803053055289057. Sisa saldo 99049000",
    "status": "Sukses",
    "sn": "BSK.AFULP. RefId : 12067803053055289057",
    "last_balance": "99049000",
    "product_detail": {
        "name": "5 Diamond Free Fire",
        "code": "ff5",
        "price": 3,
        "price_unit": "garena shell",
        "rate": 250,
        "price_rp": 750,
    },
}
WAITING = {**SOLD, "status": "Pending"}
LOST = {**SOLD, "status": "Gagal", "sn": "error_require_login"}


class Wire:
    """Stands in for the network: answers, and keeps what was sent."""

    def __init__(self):
        self.sent = []
        self.answer = said(WAITING)

    def says(self, body, status=200):
        self.answer = Response(status, body, {})

    def shows(self, data, status=200):
        self.says(said(data).body, status)

    def refuses(self, message, status=200):
        self.says(refused(message), status)

    def request(self, method, path, **content):
        self.sent.append((method, path, content))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def said(data):
    return Response(200, json.dumps({"data": data, "status": 1}).encode(), {})


def refused(message):
    return json.dumps({"error_msg": message, "status": 0}).encode()


@pytest.fixture
def wire(monkeypatch):
    made = Wire()
    monkeypatch.setattr(apigames, "_client", lambda *_limits: made)
    return made


@pytest.fixture
def shop():
    return registry.supplier_for("apigames", config=CONFIG)


def report(ref_id="TRX1", *, secret="SEC", **changes):
    """A report, and the header that proves its reference."""
    signed = hashlib.md5(f"M1:{secret}:{ref_id}".encode()).hexdigest()
    body = json.dumps({**SOLD, "ref_id": ref_id, **changes}).encode()
    return {"X-Apigames-Authorization": signed}, body
