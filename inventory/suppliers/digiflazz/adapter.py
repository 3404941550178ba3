"""Digiflazz, buyer API v1: https://developer.digiflazz.com/api/buyer/topup/

For prepaid goods its status check is the purchase call with the same `ref_id`. It
forgets a reference after 90 days and would then buy again, so this client refuses at
80. Bills are asked, paid and asked about by commands of their own.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from inventory.suppliers import callback_proof, calling, wire
from inventory.suppliers.base import (
    AddressRefused,
    Bill,
    BillQuestion,
    FactState,
    KeysRefused,
    Mode,
    OddCallback,
    OutcomeUnknown,
    PricedProduct,
    ProviderConfig,
    PurchaseFact,
    PurchaseRequest,
    Supplier,
    SupplierSpec,
    TooOld,
    WrongCredentials,
)
from inventory.suppliers.digiflazz import SPEC, bills
from ppob.kit.provider_calls import HttpClients, send
from ppob.kit.urls import is_at

HOST = "api.digiflazz.com"
TEST_KEY_PREFIX = "dev-"
MAX_SERIAL = 4_000  # characters; PLN tokens with their notes have some 120
MAX_AGE = timedelta(days=80)
_OF_LISTS = (wire.LIST_READ_SECS, wire.MOST_LIST_BYTES)
READ_SECS = 15  # longer than usual: the first answer may be the final one

# https://developer.digiflazz.com/api/buyer/response-code/: a failed transaction exists
# ("Terbentuk Transaksi: Ya"), or none does. 47 and 49 say that none does, too, but
# point at an earlier one; 50 has one that cannot be found.
_CODES = {
    FactState.SUCCEEDED: "00",
    FactState.PENDING: "03 99",
    FactState.FAILED: "01 02 51 52 53 54 55 57 58 59 60 70 71 72 73 84 85 86",
    FactState.NOT_FORMED: "43 44 56 62 63 64 65 66 67 68 69 80 81 87",
    FactState.REFUNDED: "74",
    FactState.UNCLEAR: "47 49 50",
}
_STATES = {rc: state for state, codes in _CODES.items() for rc in codes.split()}
# Turned away before the reference was looked at: payload, signature, user, address.
_DOOR = calling.Door(
    "rc",
    ("40", "41", "42", "45", "61", "82", "83", "88"),
    {"41": KeysRefused, "42": KeysRefused, "45": AddressRefused},
)
_BALANCE_TOO_LOW = "44"
_WORDS = {FactState.SUCCEEDED: "sukses", FactState.PENDING: "pending"}

_client = HttpClients(name="digiflazz", read_secs=READ_SECS)


class Digiflazz(Supplier):
    """One buyer at Digiflazz. Raises WrongCredentials when key and mode disagree."""

    spec: ClassVar[SupplierSpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        _check(config)
        super().__init__(config)

    def buy(self, request: PurchaseRequest) -> PurchaseFact:
        """Buy, or get the present state of what this reference bought already."""
        if request.sent_at - request.first_sent_at >= MAX_AGE:
            raise TooOld("Digiflazz may have forgotten this reference.", "TOO_OLD")
        data = self._post("/transaction", self._order(request), suffix=request.ref_id)
        with wire.reading():
            if wire.text(data, "ref_id") != request.ref_id:
                raise wire.Malformed("The answer is about another reference.")
            return _fact(data)

    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        """The same as `buy`: Digiflazz knows a reference it has seen."""
        return self.buy(request)

    def read_callback(
        self, headers: Mapping[str, str], body: bytes
    ) -> PurchaseFact | None:
        """The fact in a signed callback, None for a ping; raises BadCallback."""
        callback_proof.require_short(body)
        signature = callback_proof.header(headers, "x-hub-signature")
        callback_proof.require_match(self._signature_of(body), signature)
        with callback_proof.reading(OddCallback):
            content = wire.read_object(body)
            if "data" not in content:
                return None  # a ping, which carries the secret: nobody looks further
            data = content["data"]
            if not isinstance(data, dict) or not wire.text(data, "ref_id"):
                raise wire.Malformed("The callback names no reference.")
            return _fact(data)

    def read_balance(self) -> int:
        """The deposit. See Supplier.read_balance."""
        data = self._post("/cek-saldo", {"cmd": "deposit"}, suffix="depo")
        with wire.reading():
            deposit = wire.number(data, "deposit")
        if deposit is None:
            raise OutcomeUnknown("The answer names no deposit.")
        return deposit

    def list_prices(self) -> list[PricedProduct]:
        """The prepaid list; at most once in five minutes, or it is refused (83)."""
        listed = self._post(
            "/price-list", {"cmd": "prepaid"}, suffix="pricelist", kind=list
        )
        return wire.read_lines(listed, _priced)

    def find_name(self, game: str, account: Mapping[str, str]) -> str | None:
        """Whose electricity meter this is. See Supplier.find_name."""
        if game not in SPEC.name_checks:
            return super().find_name(game, account)
        number = SPEC.write_account(game, account)
        data = self._post(
            "/inquiry-pln",
            {"customer_no": number},
            suffix=number,
            secs=wire.NAME_READ_SECS,
        )
        with wire.reading():
            return bills.read_meter(data, number=number)

    def inquire_bill(self, question: BillQuestion) -> Bill:
        """What a number owes. See Supplier.inquire_bill."""
        order = self._command("inq-pasca", question.sku, question.number)
        data = self._post(
            "/transaction",
            {**order, "ref_id": question.ref_id},
            suffix=question.ref_id,
            secs=wire.BILL_READ_SECS,
        )
        with wire.reading():
            return bills.read_bill(data, question)

    def pay_bill(self, request: PurchaseRequest) -> PurchaseFact:
        """Pay under the reference of the question. See Supplier.pay_bill."""
        return self._about_payment("pay-pasca", request)

    def look_up_bill(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of a payment; pays nothing. See Supplier.look_up_bill."""
        return self._about_payment("status-pasca", request)

    def list_bills(self) -> list[PricedProduct]:
        """The postpaid list; the limit of `list_prices` may count for both together."""
        listed = self._post(
            "/price-list", {"cmd": "pasca"}, suffix="pricelist", kind=list
        )
        return bills.read_lines(listed)

    def _about_payment(self, command: str, request: PurchaseRequest) -> PurchaseFact:
        order = self._command(command, request.sku, request.destination)
        order["ref_id"] = request.ref_id
        data = self._post("/transaction", order, suffix=request.ref_id)
        with wire.reading():
            return bills.read_payment(
                data,
                ref_id=request.ref_id,
                is_question=command == "status-pasca",
                was_pending=request.last_rc == bills.PENDING,
            )

    def _command(self, command: str, sku: str, number: str) -> dict[str, object]:
        order: dict[str, object] = {
            "commands": command,
            "buyer_sku_code": sku,
            "customer_no": number,
        }
        return self._marked(order)

    def _marked(self, order: dict[str, object]) -> dict[str, object]:
        """The same, marked as a test where no real money may move."""
        return order | {"testing": True} if self._config.mode is Mode.TEST else order

    def _signature_of(self, body: bytes) -> str:
        secret = self._config.key("webhook_secret")
        # Digiflazz then sends no signature at all, and nothing could be proven.
        if not secret:
            return ""
        return f"sha1={hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}"

    def _order(self, request: PurchaseRequest) -> dict[str, object]:
        # The same each time: a known reference with other data is refused (49).
        order: dict[str, object] = {
            "buyer_sku_code": request.sku,
            "customer_no": request.destination,
            "ref_id": request.ref_id,
            # Refused (69) instead of bought when the price rose above what the sale
            # bears.
            "max_price": request.ceiling,
            "cb_url": request.callback_url,
        }
        return self._marked(order)

    def _post(
        self,
        path: str,
        content: dict[str, object],
        *,
        suffix: str,
        kind: type = dict,
        secs: float = READ_SECS,
    ) -> Any:
        config = self._config
        username = config.key("username")
        sign = calling.md5(f"{username}{config.key('api_key')}{suffix}")
        body = {"username": username, **content, "sign": sign}
        limits = _OF_LISTS if kind is list else (secs,)
        answer = send(_client(config.base_url, *limits), "POST", path, json=body)
        # It may have failed after it had bought.
        if answer.status >= 500:
            raise OutcomeUnknown(f"Status {answer.status}.")
        # The status of error replies is not documented, so only their content counts.
        return calling.read_data(answer, _DOOR, kind=kind)


def _fact(data: Mapping[str, Any]) -> PurchaseFact:
    rc = wire.text(data, "rc")
    state = _STATES.get(rc, FactState.UNCLEAR)
    # Code and word have to agree; what contradicts itself is for a person.
    if wire.text(data, "status").lower() != _WORDS.get(state, "gagal"):
        state = FactState.UNCLEAR
    is_bought = state is FactState.SUCCEEDED
    return PurchaseFact(
        ref_id=wire.text(data, "ref_id"),
        state=state,
        rc=rc[:16],
        # What comes with a success may repeat the serial number.
        message="" if is_bought else wire.words(data, "message", most=120),
        cost=wire.number(data, "price"),
        # A failure may carry the text of an error in this field.
        serial_number=wire.text(data, "sn", most=MAX_SERIAL) if is_bought else "",
        # Neither the product nor the destination is at fault: its owner fills it up.
        is_account_trouble=rc == _BALANCE_TOO_LOW,
    )


def _priced(item: Mapping[str, Any]) -> PricedProduct | None:
    """One line of the price list; None for one that cannot be bought."""
    sku, cost = wire.text(item, "buyer_sku_code"), wire.number(item, "price")
    if not sku or cost is None:
        return None
    in_stock = item.get("unlimited_stock") is True or (
        (wire.number(item, "stock") or 0) > 0
    )
    is_on = (
        item.get("buyer_product_status") is True
        and item.get("seller_product_status") is True
    )
    opens = wire.clock(item, "end_cut_off")
    closes = wire.clock(item, "start_cut_off")
    # Equal bounds such as 0:0 and 0:0, or empty ones, mean no cut-off.
    has_window = None not in (opens, closes) and opens != closes
    return PricedProduct(
        sku=sku[:60],
        name=wire.words(item, "product_name", most=120),
        cost=cost,
        is_available=is_on and in_stock,
        closed_from=closes if has_window else None,
        closed_until=opens if has_window else None,
        brand=wire.words(item, "brand", most=60),
        category=wire.words(item, "category", most=60),
    )


def _check(config: ProviderConfig) -> None:
    """A test key never buys for real, and a real one is sent to Digiflazz only."""
    if not (config.key("username") and config.key("api_key")):
        raise WrongCredentials("The account has no credentials.", "MISSING")
    is_live = config.mode is Mode.LIVE
    if config.key("api_key").startswith(TEST_KEY_PREFIX) is is_live:
        raise WrongCredentials(
            "Key and mode do not belong together.", "WRONG_MODE", key="api_key"
        )
    if is_live and not is_at(config.base_url, HOST):
        raise WrongCredentials("A real key goes to Digiflazz only.", "WRONG_ADDRESS")
