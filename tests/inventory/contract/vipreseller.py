"""VIP Reseller, for the contract. https://vip-reseller.co.id/page/api/game-feature"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from inventory.simulator.client import SupplierControl
from inventory.suppliers.base import FactState, PurchaseRequest
from inventory.suppliers.vipreseller import SPEC, adapter
from ppob.kit.providers import ProviderConfig
from tests.conftest import NOON
from tests.inventory.contract.case import Callback, Case, Numbers, Words
from tests.providers import config_of

SIGN = "3ef3cb242151a363837e1a7c6b380f1e"  # md5 of DEMOID and DEMOKEY
CONFIG = config_of("http://127.0.0.1:1/api", api_id="DEMOID", api_key="DEMOKEY")
REQUEST = PurchaseRequest(
    ref_id="TRX1",
    sku="ML1048-S2",
    destination="136216325|2685",
    ceiling=200_000,
    callback_url="",
    first_sent_at=NOON,
    sent_at=NOON,
    supplier_reference="some1d",
)
# As documented, but for the note: the examples show none.
ORDER = {
    "trxid": "some1d",
    "data": "136216325",
    "zone": "2685",
    "service": "Mobile Legends B - 1048 Diamonds",
    "status": "success",
    "note": "1234567890",
    "price": 195_695,
}
SERVICE = {
    "code": "ML1048-S2",
    "game": "Mobile Legends B",
    "name": "1048 Diamonds",
    "price": {"basic": 197_000, "premium": 195_695, "special": 195_200},
    "server": "2",
    "status": "available",
}
_STATES = {
    FactState.SUCCEEDED: "success",
    FactState.PENDING: "waiting",
    FactState.FAILED: "error",
}


def said(data: Any, *, ok: bool = True, message: str = "Success.") -> bytes:
    """The envelope of an answer."""
    return json.dumps({"result": ok, "data": data, "message": message}).encode()


def refused(message: str) -> bytes:
    return said(None, ok=False, message=message)


def _order(**changes: Any) -> dict[str, Any]:
    return {**ORDER, "balance": 100_000, **changes}


class VipReseller(Case):
    spec = SPEC
    adapter = adapter
    config = CONFIG
    request = REQUEST
    cost = 195_695
    vectors: ClassVar = {
        "purchase": (lambda shop: shop.buy(REQUEST), SIGN),
        "question": (lambda shop: shop.look_up(REQUEST), SIGN),
        "balance": (lambda shop: shop.read_balance(), SIGN),
        "name": (lambda shop: shop.find_name("FF", {"user_id": "1"}), SIGN),
    }
    riddles: ClassVar = {
        "a new word": said(_order(status="partial")),
        "no word": said(_order(status="")),
        "a new refusal": refused("Something went wrong, please contact the admin."),
        "a refusal that only mentions a balance": refused(
            "Pesanan dibuat, saldo Anda tidak cukup untuk pesanan berikutnya."
        ),
        "a refusal without a word": refused(""),
        "a success in a refusal": said(
            ORDER, ok=False, message="Saldo Anda tidak cukup untuk melakukan ini."
        ),
    }
    low_balance = refused("Saldo Anda tidak cukup untuk melakukan pemesanan ini.")
    at_the_door: ClassVar = {
        "IP": refused("IP 203.0.113.9 is not permitted"),
        "KEY": refused("API Key not registered."),
        "SIGN": refused("API Signature not valid."),
    }
    sku = "ML86-S1"
    price = 18_900
    numbers = Numbers(
        "10001230|2685", "10001232|2685", "10001233|2685", "10001234|2685"
    )
    words = Words(
        succeeded="success", failed="error", pending="waiting", taken_back="error"
    )
    has_serial_number = False  # a game

    def answer(self, state: FactState, **changes: Any) -> bytes:
        if state is FactState.NOT_FORMED:
            return refused("Layanan tidak ditemukan atau saat ini tidak tersedia.")
        return said(_order(status=_STATES[state], **changes))

    def told(self, state: FactState, **changes: Any) -> bytes:
        return said([{**ORDER, "status": _STATES[state], **changes}])

    def about_another(self) -> bytes:
        return said(_order(data="136216326"))

    def callback(self, config: ProviderConfig, reference: str) -> Callback:
        signed = f"{config.key('api_id')}{config.key('api_key')}".encode()
        body = json.dumps({"data": {**ORDER, "trxid": reference}}).encode()
        return {"X-Client-Signature": hashlib.md5(signed).hexdigest()}, body

    def before(self, content: Mapping[str, Any]) -> bytes | None:
        return said(SERVICE) if content.get("type") == "service-stock" else None

    def listen(self, control: SupplierControl, store: str, url: str) -> None:
        control.switch(webhooks={SPEC.demo_keys[store]["api_id"]: url})


CASE = VipReseller()
