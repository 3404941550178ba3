"""Digiflazz, for the contract. https://developer.digiflazz.com/api/buyer/"""

import hashlib
import hmac
import json
from typing import Any, ClassVar

from inventory.simulator.client import SupplierControl
from inventory.suppliers.base import FactState
from inventory.suppliers.digiflazz import SPEC, adapter
from ppob.kit.providers import ProviderConfig
from tests.inventory.contract.case import Callback, Case, Numbers, Words
from tests.inventory.suppliers import (
    FAILS,
    PENDING_THEN_FAILS,
    PENDING_THEN_SUCCEEDS,
    SKU,
    SUCCEEDS,
)
from tests.inventory.test_digiflazz import BOUGHT, CONFIG, REQUEST

_STATES = {
    FactState.SUCCEEDED: ("00", "Sukses"),
    FactState.PENDING: ("03", "Pending"),
    FactState.FAILED: ("02", "Gagal"),
    FactState.NOT_FORMED: ("68", "Gagal"),
    FactState.REFUNDED: ("74", "Gagal"),
}


def _body(**changes: Any) -> bytes:
    return json.dumps({"data": {**BOUGHT, **changes}}).encode()


class Digiflazz(Case):
    spec = SPEC
    adapter = adapter
    config = CONFIG
    request = REQUEST
    cost = 10_000
    vectors: ClassVar = {
        "purchase": (
            lambda shop: shop.buy(REQUEST),
            "fd41c4c7f036ddddc64dd360e4edb623",
        ),
        "balance": (
            lambda shop: shop.read_balance(),
            "003c91abcf92dd94ba51bdef7441627c",
        ),
        "prices": (
            lambda shop: shop.list_prices(),
            "336a66551a119b15e8d517f32b8925db",
        ),
    }
    riddles: ClassVar = {
        "a new code": _body(rc="77", status="Gagal"),
        "a new word": _body(rc="00", status="Mungkin"),
        "a success in a failure": _body(rc="02", status="Sukses"),
        "a failure in a success": _body(rc="00", status="Gagal"),
    }
    low_balance = _body(rc="44", status="Gagal")
    at_the_door: ClassVar = {
        code: _body(rc=code, status="Gagal") for code in ("41", "42", "45")
    }
    asks_by_buying = True
    sku = SKU
    price = 10_000
    numbers = Numbers(SUCCEEDS, FAILS, PENDING_THEN_SUCCEEDS, PENDING_THEN_FAILS)
    words = Words(succeeded="00", failed="02", pending="03", taken_back="74")

    def answer(self, state: FactState, **changes: Any) -> bytes:
        rc, status = _STATES[state]
        return _body(rc=rc, status=status, **changes)

    def about_another(self) -> bytes:
        return _body(ref_id="TRX2")

    def callback(self, config: ProviderConfig, reference: str) -> Callback:
        body = _body(ref_id=reference)
        key = config.key("webhook_secret").encode()
        digest = hmac.new(key, body, hashlib.sha1).hexdigest()
        return {"X-Hub-Signature": f"sha1={digest}"}, body

    def listen(self, control: SupplierControl, store: str, url: str) -> None:
        """Each purchase says it itself."""


CASE = Digiflazz()
