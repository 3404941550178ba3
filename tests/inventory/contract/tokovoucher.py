"""TokoVoucher, for the contract. https://docs.tokovoucher.net/transaksi/post"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from inventory.simulator.client import SupplierControl
from inventory.suppliers.base import FactState
from inventory.suppliers.tokovoucher import SPEC, adapter
from ppob.kit.providers import ProviderConfig
from tests.inventory.contract.case import Callback, Case, Numbers, Words
from tests.inventory.tokovoucher import CONFIG, FOUND, REQUEST, SOLD, granted, refused

_TOLD = {**SOLD, "sn": "1234567890"}
_STATES = {
    FactState.SUCCEEDED: "sukses",
    FactState.PENDING: "pending",
    FactState.FAILED: "gagal",
}
_OF_QUESTIONS = "95b4082c6e27680800514b1dc765f6fc"  # md5 of MEM1:SEC
_OF_TRX1 = "bae95a7c1cda0e99ff50fa54125fa64d"


def _body(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content).encode()


class TokoVoucher(Case):
    spec = SPEC
    adapter = adapter
    config = CONFIG
    request = REQUEST
    cost = 789
    vectors: ClassVar = {
        "purchase": (lambda shop: shop.buy(REQUEST), _OF_TRX1),
        "question": (lambda shop: shop.look_up(REQUEST), _OF_TRX1),
        "balance": (lambda shop: shop.read_balance(), _OF_QUESTIONS),
        "prices": (lambda shop: shop.list_prices(), _OF_QUESTIONS),
    }
    riddles: ClassVar = {
        "a new word": _body({**_TOLD, "status": "sukses sebagian"}),
        "no word": _body({**_TOLD, "status": ""}),
        "a number for a word": _body({**_TOLD, "status": 1}),
        "a new refusal": _body(refused("Terjadi Kesalahan Sistem")),
        "a refusal that goes on": _body(
            refused("Saldo Tidak Cukup, transaksi diteruskan")
        ),
    }
    low_balance = _body(refused("Saldo Tidak Cukup"))
    at_the_door: ClassVar = {
        "IP": _body(refused("Ip Not Allow")),
        "SIGN": _body(refused("Signature Invalid")),
        "KEY": _body(refused("Member tidak ditemukan !!")),
    }
    sku = "ML86"
    price = 18_600
    numbers = Numbers(
        "10001230|2685", "10001232|2685", "10001233|2685", "10001234|2685"
    )
    words = Words(
        succeeded="sukses", failed="gagal", pending="pending", taken_back="gagal"
    )
    signed_in = "signature"
    reports_pending = False

    def answer(self, state: FactState, **changes: Any) -> bytes:
        if state is FactState.NOT_FORMED:
            return _body(refused("Kode Produk Tidak Ditemukan"))
        return _body({**_TOLD, "status": _STATES[state], **changes})

    def about_another(self) -> bytes:
        return _body({**_TOLD, "ref_id": "TRX2"})

    def callback(self, config: ProviderConfig, reference: str) -> Callback:
        keys = f"{config.key('member_code')}:{config.key('secret_key')}"
        signed = hashlib.md5(f"{keys}:{reference}".encode()).hexdigest()
        body = _body({**_TOLD, "ref_id": reference})
        return {"X-TokoVoucher-Authorization": signed}, body

    def before(self, content: Mapping[str, Any]) -> bytes | None:
        return _body(granted([FOUND])) if "kode" in content else None

    def listen(self, control: SupplierControl, store: str, url: str) -> None:
        control.switch(webhooks={SPEC.demo_keys[store]["member_code"]: url})


CASE = TokoVoucher()
