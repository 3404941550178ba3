"""IAK for tests: documented payloads, and an adapter without a network."""

import hashlib
import json

import pytest

from inventory.suppliers import base, registry
from inventory.suppliers.iak import adapter as iak
from ppob.kit.http import Response
from tests.conftest import NOON
from tests.providers import changed, config_of

CONFIG = config_of(
    base_url="https://prepaid.iak.dev", username="081234567890", api_key="demokey"
)
LIVE = changed(CONFIG, base_url="https://prepaid.iak.id", mode=base.Mode.LIVE)
REQUEST = base.PurchaseRequest(
    ref_id="order1",
    sku="xld25000",
    destination="0817777215",
    ceiling=26_000,
    callback_url="https://shop.example/callbacks/",
    first_sent_at=NOON,
    sent_at=NOON,
)
# docs/prepaid/core/v2/transaction/top-up.md and check-status.md
IN_PROCESS = {
    "ref_id": "order1",
    "status": 0,
    "product_code": "xld25000",
    "customer_id": "0817777215",
    "price": 25000,
    "message": "PROCESS",
    "balance": 997061249,
    "tr_id": 3482,
    "rc": "39",
}
BOUGHT = {**IN_PROCESS, "status": 1, "message": "SUCCESS", "sn": "123456789"}
BOUGHT["rc"] = "00"
FAILED = {**IN_PROCESS, "status": 2, "message": "FAILED", "rc": "07"}
# docs/prepaid/core/v2/price-list.md
LINE = {
    "product_code": "alfamart100",
    "product_description": "Alfamart Voucher",
    "product_nominal": "Voucher Alfamart Rp 100.000",
    "product_details": "-",
    "product_price": 100000,
    "product_type": "voucher",
    "active_period": "0",
    "status": "active",
    "icon_url": "-",
    "product_category": "voucher",
}
PLAYER = {"user_id": "156378300", "zone_id": "8483"}


class Wire:
    """Stands in for the network: answers, and keeps what was sent."""

    def __init__(self):
        self.sent = []
        self.answers = {}
        self.answer = body_of(IN_PROCESS)

    def says(self, content, status=200):
        self.answer = body_of(content, status)

    def request(self, method, path, *, json):
        self.sent.append((method, path, json))
        answer = self.answers.get(path, self.answer)
        if isinstance(answer, Exception):
            raise answer
        return answer


def body_of(content, status=200):
    return Response(status, json.dumps({"data": content}).encode(), {})


@pytest.fixture
def wire(monkeypatch):
    made = Wire()
    monkeypatch.setattr(iak, "_client", lambda *_limits: made)
    return made


@pytest.fixture
def shop():
    return registry.supplier_for("iak", config=CONFIG)


def without(content, *names):
    return {key: value for key, value in content.items() if key not in names}


def report(ref_id="order1", *, key="demokey", **changes):
    """A report of version 2, all of it text: docs/prepaid/callback.md"""
    signed = f"081234567890{key}{ref_id}".encode()
    texts = {name: str(value) for name, value in BOUGHT.items()}
    texts |= {"ref_id": ref_id, "sign": hashlib.md5(signed).hexdigest()}
    return json.dumps({"data": texts | changes}).encode()
