"""Apigames, for the contract. https://docs.apigames.id/docs/v2/pendahuluan"""

import hashlib
import json
from typing import Any, ClassVar

from inventory.simulator.client import SupplierControl
from inventory.suppliers.apigames import SPEC, adapter
from inventory.suppliers.base import FactState
from ppob.kit.providers import ProviderConfig
from tests.inventory.apigames import CONFIG, REQUEST, SOLD, refused
from tests.inventory.contract.case import Callback, Case, Numbers, Words

_TOLD = {**SOLD, "sn": "1234567890"}
_STATES = {
    FactState.SUCCEEDED: "Sukses",
    FactState.PENDING: "Pending",
    FactState.FAILED: "Gagal",
}


def _body(**changes: Any) -> bytes:
    data = {**_TOLD, **changes}
    if "price" in changes:
        detail = {**SOLD["product_detail"], "price_rp": data.pop("price")}
        data["product_detail"] = detail
    return json.dumps({"data": data, "status": 1}).encode()


class Apigames(Case):
    spec = SPEC
    adapter = adapter
    config = CONFIG
    request = REQUEST
    cost = 750
    vectors: ClassVar = {
        "purchase": (
            lambda shop: shop.buy(REQUEST),
            "2130475db9eef132be4736c8bf5ce062",
        ),
        "question": (
            lambda shop: shop.look_up(REQUEST),
            "2130475db9eef132be4736c8bf5ce062",
        ),
        "balance": (
            lambda shop: shop.read_balance(),
            "eeb3586b90030161fed7b0186204b63e",
        ),
        "name": (
            lambda shop: shop.find_name("FF", {"user_id": "1"}),
            "720d34abd3799f7b271b6b86d01a25b6",
        ),
    }
    riddles: ClassVar = {
        "one part of a bundle": _body(status="Sukses Sebagian"),
        "a new word": _body(status="Ditinjau"),
        "no word": _body(status=""),
        "a new refusal": refused("Terjadi kesalahan, hubungi admin"),
        "a refusal that goes on": refused("Saldo tidak cukup untuk pesanan berikutnya"),
        "a destination that is not found": refused("Produk ML86: id tidak ditemukan"),
    }
    low_balance = refused("Saldo tidak cukup")
    at_the_door: ClassVar = {
        "SIGN": refused("Signature not valid"),
        "KEY": refused("Merchant not found"),
        "IP": refused("IP 203.0.113.9 not allowed"),
    }
    sku = "ML86"
    price = 18_700
    numbers = Numbers(
        "10001230|2685", "10001232|2685", "10001233|2685", "10001234|2685"
    )
    words = Words(
        succeeded="Sukses", failed="Gagal", pending="Pending", taken_back="Gagal"
    )
    signed_in = "signature"
    ends_at_once = False
    has_ceiling = False
    is_under_way_first = True

    def answer(self, state: FactState, **changes: Any) -> bytes:
        if state is FactState.NOT_FORMED:
            return refused("Produk tidak ditemukan")
        return _body(status=_STATES[state], **changes)

    def about_another(self) -> bytes:
        return _body(ref_id="TRX2")

    def callback(self, config: ProviderConfig, reference: str) -> Callback:
        keys = f"{config.key('merchant_id')}:{config.key('secret_key')}"
        signed = hashlib.md5(f"{keys}:{reference}".encode()).hexdigest()
        body = json.dumps({**_TOLD, "ref_id": reference}).encode()
        return {"X-Apigames-Authorization": signed}, body

    def listen(self, control: SupplierControl, store: str, url: str) -> None:
        control.switch(webhooks={SPEC.demo_keys[store]["merchant_id"]: url})


CASE = Apigames()
