"""TokoVoucher for tests: documented payloads, and an adapter without a network."""

import hashlib
import json

import pytest

from inventory.suppliers import base, registry
from inventory.suppliers.tokovoucher import adapter as tokovoucher
from ppob.kit.http import Response
from tests.conftest import NOON
from tests.providers import changed, config_of

CONFIG = config_of(
    "http://127.0.0.1:1/tokovoucher", member_code="MEM1", secret_key="SEC"
)
LIVE = changed(CONFIG, base_url="https://api.tokovoucher.net", mode=base.Mode.LIVE)
REQUEST = base.PurchaseRequest(
    ref_id="TRX1",
    sku="ML86",
    destination="136216325|2685",
    ceiling=20_000,
    callback_url="https://shop.example/callbacks/",
    first_sent_at=NOON,
    sent_at=NOON,
)
# https://docs.tokovoucher.net/cek-status/post, with another reference
SOLD = {
    "status": "sukses",
    "message": "TRXID:T220907HTRK027479. REFID:TRX1. SUKSES, SN: DLINR-_-. RefId : "
    "11183039941543874221. HRG:789. SALDO:17317805. KP:FF5.50714103 TGL:2022-09-07",
    "sn": "DLINR-_-. RefId : 11183039941543874221",
    "ref_id": "TRX1",
    "trx_id": "T220907HTRK027479",
    "produk": "ff5",
    "sisa_saldo": 17317805,
    "price": 789,
}
WAITING = {**SOLD, "status": "pending", "sn": ""}
LOST = {**SOLD, "status": "gagal", "sn": "Nomor Tujuan Salah"}
# https://docs.tokovoucher.net/produk
FOUND = {
    "id": 2,
    "code": "ML86",
    "category_name": "Voucher Game",
    "operator_produk": "Mobile Legends",
    "jenis_name": "jenis b",
    "nama_produk": "Mobile Legends 86 Diamond",
    "deskripsi": "-",
    "price": 18_600,
    "status": 1,
}


class Wire:
    """Stands in for the network: answers, and keeps what was sent.

    The search for a product's price has an answer of its own.
    """

    def __init__(self):
        self.sent = []
        self.answer = _response(WAITING)
        self.search = _response(granted([FOUND]))

    def says(self, content, status=200):
        self.answer = _response(content, status)

    def finds(self, content, status=200):
        self.search = _response(content, status)

    def request(self, method, path, **content):
        self.sent.append((method, path, content))
        answer = self.search if path == "/produk/code" else self.answer
        if isinstance(answer, Exception):
            raise answer
        return answer


def granted(data):
    return {"status": 1, "rc": 200, "message": "Data Found", "data": data}


def refused(message):
    return {"status": 0, "error_msg": message}


def _response(content, status=200):
    return Response(status, json.dumps(content).encode(), {})


@pytest.fixture
def wire(monkeypatch):
    made = Wire()
    monkeypatch.setattr(tokovoucher, "_client", lambda *_limits: made)
    return made


@pytest.fixture
def shop():
    return registry.supplier_for("tokovoucher", config=CONFIG)


def report(ref_id="TRX1", *, secret="SEC", **changes):
    """A report, and the header that proves its reference."""
    signed = hashlib.md5(f"MEM1:{secret}:{ref_id}".encode()).hexdigest()
    body = json.dumps({**SOLD, "ref_id": ref_id, **changes}).encode()
    return {"X-TokoVoucher-Authorization": signed}, body
