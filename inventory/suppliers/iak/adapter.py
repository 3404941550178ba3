"""IAK, prepaid API version 2: https://api.iak.id/api/prepaid/core/v2/transaction/top-up
and postpaid API version 1: https://api.iak.id/api/postpaid/

A purchase is answered with "in process" first. What became of it is asked by our own
reference at an address of its own, which buys nothing, or told by a callback whose
signature covers the reference alone: it only makes us ask.

It takes no highest price, and its price list knows no single line, only whole kinds of
goods. So a price that rose since the list was read is paid: the services notice it as
overcharged.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from inventory.suppliers import callback_proof, calling, wire
from inventory.suppliers.base import (
    AddressRefused,
    BadCallback,
    Bill,
    BillQuestion,
    KeysRefused,
    LookUp,
    Mode,
    OutcomeUnknown,
    PricedProduct,
    ProviderConfig,
    ProviderRefused,
    PurchaseFact,
    PurchaseRequest,
    Supplier,
    SupplierSpec,
    TooOld,
    WrongCredentials,
)
from inventory.suppliers.iak import HOST, POSTPAID, SPEC, answers, bills
from ppob.kit.http import MAX_BYTES, Response
from ppob.kit.provider_calls import HttpClients, send
from ppob.kit.urls import is_at

_DOOR = calling.Door(
    "rc", answers.AT_THE_DOOR, {"102": AddressRefused, "204": KeysRefused}
)
_BILL_DOOR = calling.Door(
    "response_code",
    bills.AT_THE_DOOR,
    {bills.ADDRESS: AddressRefused, bills.KEYS: KeysRefused},
)
_BILLS = "/api/v1/bill/check"
READ_SECS = 15  # a first answer comes at once
# For how long it knows a reference is not documented, and one that it forgot would be
# bought again. So only questions, which buy nothing, are asked for longer.
MAX_AGE = timedelta(days=1)
# Kind by kind, as docs/prepaid/product-type.md of IAK's reference names them: one that
# is slow or odd is known by its name.
LISTED_TYPES = ("pulsa", "data", "etoll", "voucher", "game", "pln", "international")

_client = HttpClients(name="iak", read_secs=READ_SECS)


class Iak(Supplier):
    """One buyer at IAK. Raises WrongCredentials when address and mode disagree."""

    spec: ClassVar[SupplierSpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        _check(config)
        super().__init__(config)

    def buy(self, request: PurchaseRequest) -> PurchaseFact:
        """Buy, or get the present state of what this reference bought already."""
        if request.sent_at - request.first_sent_at >= MAX_AGE:
            raise TooOld("IAK may have forgotten this reference.", "TOO_OLD")
        order = {
            "ref_id": request.ref_id,
            "customer_id": request.destination,
            "product_code": request.sku,
        }
        return self._ask("/api/top-up", order, is_question=False)

    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of a purchase; never buys, however old the reference is."""
        question = {"ref_id": request.ref_id}
        return self._ask("/api/check-status", question, is_question=True)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> LookUp:
        """Which purchase has news, after proving that IAK knows its reference.

        Raises BadCallback: the proof stands inside the body, so what cannot be read is
        not proven either. Reports in XML, which an account can be set to, are among
        those.
        """
        callback_proof.require_short(body)
        with callback_proof.reading(BadCallback):
            data = wire.read_object(body).get("data")
            if not isinstance(data, dict):
                raise wire.Malformed("The callback has no data.")
            ref_id, signature = wire.text(data, "ref_id"), wire.text(data, "sign")
        return callback_proof.require_reference(ref_id, signature, sign=self._sign)

    def read_balance(self) -> int:
        """The deposit. See Supplier.read_balance."""
        data = self._post("/api/check-balance", {}, suffix="bl")
        with wire.reading():
            return answers.read_balance(_object(data))

    def list_prices(self) -> list[PricedProduct]:
        """What is for sale now, kind by kind; one that fails fails the whole list."""
        found: list[PricedProduct] = []
        for each in LISTED_TYPES:
            path = f"/api/pricelist/{each}"
            data = self._post(
                path,
                {"status": "active"},
                suffix="pl",
                secs=wire.LIST_READ_SECS,
                most=wire.MOST_LIST_BYTES,
            )
            with wire.reading():
                found += answers.read_prices(data)
        return found

    def find_name(self, game: str, account: Mapping[str, str]) -> str | None:
        """The player's name. See Supplier.find_name."""
        code = SPEC.name_checks.get(game)
        if code is None:
            return super().find_name(game, account)
        if game == "PLN":
            return self._find_meter(SPEC.write_account(game, account))
        question = {
            "game_code": code,
            "customer_id": SPEC.write_account(game, account),
        }
        data = self._post(
            "/api/inquiry-game", question, suffix=code, secs=wire.NAME_READ_SECS
        )
        with wire.reading():
            return answers.read_name(_object(data))

    def _find_meter(self, number: str) -> str | None:
        """Whose meter it is: https://api.iak.id/api/prepaid/core/v2/inquiry/pln"""
        data = self._post(
            "/api/inquiry-pln",
            {"customer_id": number},
            suffix=number,
            secs=wire.NAME_READ_SECS,
        )
        with wire.reading():
            return answers.read_meter(_object(data), number=number)

    def inquire_bill(self, question: BillQuestion) -> Bill:
        """What a number owes. See Supplier.inquire_bill."""
        content = {
            "code": question.sku,
            "hp": question.number,
            "ref_id": question.ref_id,
        }
        data = self._command(
            "inq-pasca", content, suffix=question.ref_id, secs=wire.BILL_READ_SECS
        )
        with wire.reading():
            return bills.read_bill(data, question)

    def pay_bill(self, request: PurchaseRequest) -> PurchaseFact:
        """Pay by IAK's own number of the inquiry. See Supplier.pay_bill."""
        tr_id = request.supplier_reference
        if not tr_id:
            raise ProviderRefused("The bill has no number to be paid by.", "NO_TR_ID")
        data = self._command("pay-pasca", {"tr_id": tr_id}, suffix=tr_id)
        with wire.reading():
            return bills.read_payment(data, ref_id=request.ref_id, tr_id=tr_id)

    def look_up_bill(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of a payment; pays nothing. See Supplier.look_up_bill."""
        data = self._command("checkstatus", {"ref_id": request.ref_id}, suffix="cs")
        tr_id = request.supplier_reference
        with wire.reading():
            return bills.read_status(data, ref_id=request.ref_id, tr_id=tr_id)

    def list_bills(self) -> list[PricedProduct]:
        """The postpaid list."""
        data = self._command(
            "pricelist-pasca",
            {"status": "active"},
            suffix="pl",
            secs=wire.LIST_READ_SECS,
            most=wire.MOST_LIST_BYTES,
        )
        return bills.read_lines(data)

    def _command(
        self,
        command: str,
        content: dict[str, str],
        *,
        suffix: str,
        secs: float = READ_SECS,
        most: int = MAX_BYTES,
    ) -> Any:
        body = {"commands": command, **self._signed(content, suffix)}
        # Simulated, both stand at one address.
        address = POSTPAID.get(self._config.base_url, self._config.base_url)
        client = _client(address, secs, most)
        return _data_of(send(client, "POST", _BILLS, json=body), _BILL_DOOR)

    def _ask(
        self, path: str, content: dict[str, str], *, is_question: bool
    ) -> PurchaseFact:
        ref_id = content["ref_id"]
        data = _object(self._post(path, content, suffix=ref_id))
        with wire.reading():
            return answers.read_fact(data, ref_id=ref_id, is_question=is_question)

    def _sign(self, suffix: str) -> str:
        config = self._config
        return calling.md5(f"{config.key('username')}{config.key('api_key')}{suffix}")

    def _post(
        self,
        path: str,
        content: dict[str, str],
        *,
        suffix: str,
        secs: float = READ_SECS,
        most: int = MAX_BYTES,
    ) -> Any:
        client = _client(self._config.base_url, secs, most)
        answer = send(client, "POST", path, json=self._signed(content, suffix))
        return _data_of(answer, _DOOR, kind=(dict, list))

    def _signed(self, content: dict[str, str], suffix: str) -> dict[str, str]:
        username = self._config.key("username")
        return {"username": username, **content, "sign": self._sign(suffix)}


def _data_of(
    answer: Response, door: calling.Door, *, kind: type | tuple[type, ...] = dict
) -> Any:
    # https://api.iak.id/api/prepaid/response-code: 200 is an answer, 400 a refusal, and
    # any other status leaves it open what happened. Which statuses come with postpaid
    # refusals is not documented: as prepaid ones.
    if answer.status not in (200, 400):
        raise OutcomeUnknown(f"Status {answer.status}.")
    return calling.read_data(answer, door, kind=kind)


def _object(data: dict[str, Any] | list[Any]) -> dict[str, Any]:
    if isinstance(data, list):
        raise OutcomeUnknown("The answer is a list.")
    return data


def _check(config: ProviderConfig) -> None:
    """Real money moves at one address, and nothing but a real account goes there.

    What kind a key is cannot be seen: IAK itself refuses a key of the other kind.
    """
    if not (config.key("username") and config.key("api_key")):
        raise WrongCredentials("The account has no credentials.", "MISSING")
    if config.mode is Mode.LIVE and not is_at(config.base_url, HOST):
        raise WrongCredentials("A real key goes to IAK only.", "WRONG_ADDRESS")
    # However it is written: nothing that names the host is for tests.
    if config.mode is Mode.TEST and HOST in config.base_url.lower():
        raise WrongCredentials("A test account buys nothing real.", "WRONG_ADDRESS")
