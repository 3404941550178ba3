"""IAK, for the contract. https://github.com/iak-id/iak-api-reference-docs"""

import hashlib
import json
from typing import Any, ClassVar

from inventory.simulator.client import SupplierControl
from inventory.suppliers.base import FactState
from inventory.suppliers.iak import SPEC, adapter
from ppob.kit.providers import ProviderConfig
from tests.inventory.contract.case import Callback, Case, Numbers, Words
from tests.inventory.iak import BOUGHT, CONFIG, PLAYER, REQUEST, without

# The longest documented answer, also where less would be told.
_TOLD = {**BOUGHT, "sn": "1234567890"}
_STATES = {
    FactState.SUCCEEDED: ("00", 1, "SUCCESS"),
    FactState.PENDING: ("39", 0, "PROCESS"),
    FactState.FAILED: ("07", 2, "FAILED"),
    FactState.NOT_FORMED: ("20", 2, "CODE NOT FOUND"),
}
# Its development site knows no destinations with known ends: there, outcomes are
# pressed for on a page, as they are planned at the simulator.
_PLANS = {"fails": "07", "waits_then_succeeds": "39>00", "waits_then_fails": "39>07"}


def _body(content: dict[str, Any]) -> bytes:
    return json.dumps({"data": content}).encode()


def _told(rc: str, status: int, **changes: Any) -> bytes:
    return _body({**_TOLD, "rc": rc, "status": status, **changes})


def _refused(rc: str, message: str) -> bytes:
    """What is turned away has no transaction, and need not repeat what it was."""
    return _body({"status": 2, "message": message, "rc": rc})


class Iak(Case):
    spec = SPEC
    adapter = adapter
    config = CONFIG
    request = REQUEST
    cost = 25_000
    vectors: ClassVar = {
        "purchase": (
            lambda shop: shop.buy(REQUEST),
            "28966425d7c30293346fc489fb03c068",
        ),
        "question": (
            lambda shop: shop.look_up(REQUEST),
            "28966425d7c30293346fc489fb03c068",
        ),
        "balance": (
            lambda shop: shop.read_balance(),
            "bf73a15fb99989913b4413cbda9093ce",
        ),
        "prices": (
            lambda shop: shop.list_prices(),
            "8a1add2ec80b3f0dfe80822acd066812",
        ),
        "name": (
            lambda shop: shop.find_name("ML", PLAYER),
            "df455c305927e3bf988b0325ff5c7467",
        ),
    }
    riddles: ClassVar = {
        "a new code": _told("77", 2),
        "a success in a failure": _told("07", 1),
        "a failure in a success": _told("00", 2),
        "a success that is under way": _told("00", 0),
        "a failure that is under way": _told("07", 0),
        "an end of what is under way": _told("39", 2),
        "a reference that is not known": _told("06", 2),
    }
    low_balance = _refused("17", "INSUFFICIENT DEPOSIT")
    at_the_door: ClassVar = {
        code: _refused(code, "NO")
        for code in ("102", "107", "117", "118", "204", "205")
    }
    sku = "hml86"
    price = 18_900
    numbers = Numbers(*["156378300|8483"] * 4)
    words = Words(succeeded="00", failed="07", pending="39", taken_back="07")
    has_ceiling = False
    is_under_way_first = True
    reports_pending = False
    fraction = 2  # its amounts are documented as doubles

    def answer(self, state: FactState, **changes: Any) -> bytes:
        rc, status, message = _STATES[state]
        content = {**_TOLD, "rc": rc, "status": status, "message": message, **changes}
        is_formed = state is not FactState.NOT_FORMED
        return _body(content if is_formed else without(content, "tr_id", "sn"))

    def about_another(self) -> bytes:
        return _told("00", 1, ref_id="order2")

    def destined(self, control: SupplierControl, number: str) -> str:
        if number in _PLANS:
            control.plan(_PLANS[number])
        return super().destined(control, number)

    def callback(self, config: ProviderConfig, reference: str) -> Callback:
        """Signed in its body, all of which is text; for the reference alone."""
        keys = f"{config.key('username')}{config.key('api_key')}"
        texts = {name: str(value) for name, value in _TOLD.items()}
        sign = hashlib.md5(f"{keys}{reference}".encode()).hexdigest()
        return {}, _body({**texts, "ref_id": reference, "sign": sign})

    def signature(self, callback: Callback) -> str:
        signature: str = json.loads(callback[1])["data"]["sign"]
        return signature

    def signed(self, callback: Callback, signature: str | None) -> Callback:
        headers, body = callback
        told = without(json.loads(body)["data"], "sign")
        return headers, _body(
            told if signature is None else {**told, "sign": signature}
        )

    def listen(self, control: SupplierControl, store: str, url: str) -> None:
        control.switch(callback_urls={SPEC.demo_keys[store]["username"]: url})


CASE = Iak()
