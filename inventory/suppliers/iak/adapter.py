"""IAK, prepaid API version 2: https://api.iak.id/api/prepaid/core/v2/transaction/top-up
and postpaid API version 1: https://api.iak.id/api/postpaid/

A purchase is answered with "in process" first. What became of it is asked by our own
reference at an address of its own, which buys nothing, or told by a callback whose
signature covers the reference alone: it only makes us ask.

It takes no highest price, and its price list knows no single line, only whole kinds of
goods. So a price that rose since the list was read is paid: the services notice it as
overcharged.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from inventory.suppliers import wire
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
    ProviderUnreachable,
    PurchaseFact,
    PurchaseRequest,
    Supplier,
    SupplierSpec,
    TooOld,
    WrongCredentials,
)
from inventory.suppliers.iak import HOST, POSTPAID, SPEC, answers, bills
from ppob.kit.http import MAX_BYTES, HttpClient, NoAnswer, Response, Unreachable
from ppob.kit.urls import is_at

MAX_CALLBACK_BYTES = 65_536
_REFUSALS = {"102": AddressRefused, "204": KeysRefused}
_BILL_REFUSALS = {bills.ADDRESS: AddressRefused, bills.KEYS: KeysRefused}
_BILLS = "/api/v1/bill/check"
READ_SECS = 15  # a first answer comes at once, a price list takes longer
# For how long it knows a reference is not documented, and one that it forgot would be
# bought again. So only questions, which buy nothing, are asked for longer.
MAX_AGE = timedelta(days=1)
# Kind by kind, as docs/prepaid/product-type.md of IAK's reference names them: one that
# is slow or odd is known by its name.
LISTED_TYPES = ("pulsa", "data", "etoll", "voucher", "game", "pln", "international")

T = TypeVar("T")
U = TypeVar("U")


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
        if len(body) > MAX_CALLBACK_BYTES:
            raise BadCallback("The callback is too long.", "TOO_LONG")
        try:
            data = wire.read_object(body).get("data")
            if not isinstance(data, dict):
                raise wire.Malformed("The callback has no data.")
            ref_id, signature = wire.text(data, "ref_id"), wire.text(data, "sign")
        except wire.Malformed as error:
            raise BadCallback(str(error), "MALFORMED") from error
        expected = self._sign(ref_id)
        if not ref_id or not hmac.compare_digest(expected.encode(), signature.encode()):
            raise BadCallback("The signature is wrong.", "BAD_SIGNATURE")
        return LookUp(reference=ref_id)

    def read_balance(self) -> int:
        """The deposit. See Supplier.read_balance."""
        data = self._post("/api/check-balance", {}, suffix="bl")
        return _read(answers.read_balance, _object(data))

    def list_prices(self) -> list[PricedProduct]:
        """What is for sale now, kind by kind; one that fails fails the whole list."""
        found: list[PricedProduct] = []
        for each in LISTED_TYPES:
            path = f"/api/pricelist/{each}"
            data = self._post(
                path, {"status": "active"}, suffix="pl", most=wire.MOST_LIST_BYTES
            )
            found += _read(answers.read_prices, data)
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
        return _read(answers.read_name, _object(data))

    def _find_meter(self, number: str) -> str | None:
        """Whose meter it is: https://api.iak.id/api/prepaid/core/v2/inquiry/pln"""
        data = self._post(
            "/api/inquiry-pln",
            {"customer_id": number},
            suffix=number,
            secs=wire.NAME_READ_SECS,
        )
        return _read(
            lambda told: answers.read_meter(told, number=number), _object(data)
        )

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
        return _read(lambda told: bills.read_bill(told, question), data)

    def pay_bill(self, request: PurchaseRequest) -> PurchaseFact:
        """Pay by IAK's own number of the inquiry. See Supplier.pay_bill."""
        tr_id = request.supplier_reference
        if not tr_id:
            raise ProviderRefused("The bill has no number to be paid by.", "NO_TR_ID")
        data = self._command("pay-pasca", {"tr_id": tr_id}, suffix=tr_id)
        return _read(
            lambda told: bills.read_payment(told, ref_id=request.ref_id, tr_id=tr_id),
            data,
        )

    def look_up_bill(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of a payment; pays nothing. See Supplier.look_up_bill."""
        data = self._command("checkstatus", {"ref_id": request.ref_id}, suffix="cs")
        tr_id = request.supplier_reference
        return _read(
            lambda told: bills.read_status(told, ref_id=request.ref_id, tr_id=tr_id),
            data,
        )

    def list_bills(self) -> list[PricedProduct]:
        """The postpaid list."""
        data = self._command(
            "pricelist-pasca",
            {"status": "active"},
            suffix="pl",
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
    ) -> dict[str, Any]:
        config = self._config
        body = {
            "commands": command,
            "username": config.key("username"),
            **content,
            "sign": self._sign(suffix),
        }
        # Simulated, both stand at one address.
        address = POSTPAID.get(config.base_url, config.base_url)
        return _bill_data_of(_send(address, _BILLS, body, secs=secs, most=most))

    def _ask(
        self, path: str, content: dict[str, str], *, is_question: bool
    ) -> PurchaseFact:
        ref_id = content["ref_id"]
        data = _object(self._post(path, content, suffix=ref_id))
        try:
            return answers.read_fact(data, ref_id=ref_id, is_question=is_question)
        except wire.Malformed as error:
            # It may have been bought: an answer nobody can read is no failure.
            raise OutcomeUnknown(str(error)) from error

    def _sign(self, suffix: str) -> str:
        config = self._config
        signed = f"{config.key('username')}{config.key('api_key')}{suffix}".encode()
        # MD5 is what the protocol asks for.
        return hashlib.md5(signed, usedforsecurity=False).hexdigest()

    def _post(
        self,
        path: str,
        content: dict[str, str],
        *,
        suffix: str,
        secs: float = READ_SECS,
        most: int = MAX_BYTES,
    ) -> Any:
        username = self._config.key("username")
        body = {"username": username, **content, "sign": self._sign(suffix)}
        address = self._config.base_url
        return _data_of(_send(address, path, body, secs=secs, most=most))


@lru_cache(maxsize=8)
def _client(
    base_url: str, secs: float = READ_SECS, most: int = MAX_BYTES
) -> HttpClient:
    # One client per address keeps its connections; the keys go with each request.
    return HttpClient(base_url, name="iak", read_secs=secs, most_bytes=most)


def _send(
    address: str, path: str, body: dict[str, str], *, secs: float, most: int
) -> Response:
    try:
        return _client(address, secs, most).request("POST", path, json=body)
    except Unreachable as error:
        raise ProviderUnreachable(str(error)) from error
    except NoAnswer as error:
        raise OutcomeUnknown(str(error)) from error


def _bill_data_of(answer: Response) -> dict[str, Any]:
    # Which statuses come with postpaid refusals is not documented: as prepaid ones.
    if answer.status not in (200, 400):
        raise OutcomeUnknown(f"Status {answer.status}.")
    try:
        data = wire.read_object(answer.body).get("data")
        rc = wire.text(data, "response_code") if isinstance(data, dict) else ""
    except wire.Malformed as error:
        raise OutcomeUnknown(f"Status {answer.status}: {error}") from error
    if not isinstance(data, dict):
        raise OutcomeUnknown(f"Status {answer.status} without data.")
    if rc in bills.AT_THE_DOOR:
        refusal = _BILL_REFUSALS.get(rc, ProviderRefused)
        raise refusal(wire.words(data, "message", most=200), rc)
    return data


def _data_of(answer: Response) -> dict[str, Any] | list[Any]:
    # https://api.iak.id/api/prepaid/response-code: 200 is an answer, 400 a refusal, and
    # any other status leaves it open what happened.
    if answer.status not in (200, 400):
        raise OutcomeUnknown(f"Status {answer.status}.")
    try:
        data = wire.read_object(answer.body).get("data")
        rc = wire.text(data, "rc") if isinstance(data, dict) else ""
    except wire.Malformed as error:
        raise OutcomeUnknown(f"Status {answer.status}: {error}") from error
    if isinstance(data, dict) and rc in answers.AT_THE_DOOR:
        refusal = _REFUSALS.get(rc, ProviderRefused)
        raise refusal(wire.words(data, "message", most=200), rc)
    if isinstance(data, dict | list):
        return data
    raise OutcomeUnknown(f"Status {answer.status} without data.")


def _object(data: dict[str, Any] | list[Any]) -> dict[str, Any]:
    if isinstance(data, list):
        raise OutcomeUnknown("The answer is a list.")
    return data


def _read(reader: Callable[[T], U], data: T) -> U:
    try:
        return reader(data)
    except wire.Malformed as error:
        raise OutcomeUnknown(str(error)) from error


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
