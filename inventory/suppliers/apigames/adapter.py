"""Apigames, version 2: https://docs.apigames.id/docs/v2/pendahuluan

It buys in the shops of games, there with the seller's own accounts where these are
connected. What becomes of a purchase is asked by our reference, at an address of its
own: whoever repeats the purchase may buy twice and pays for both ("TRANSAKSI DOUBLE").
A report's signature covers the reference alone, so it only makes us ask.

It documents no price list and no highest price, so the store's people enter what they
sell with its cost, and a price that rose is noticed as overcharged. Its fee, which it
also takes when a game's shop fails, stands in no answer: only the deposit shows it. The
deposit counts as what pays for goods, also where a game account of the seller does.
That refuses a sale sooner than needed, and never takes money for what nobody can pay.

The variants of these calls that carry the secret in the address are not used.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote

from inventory.suppliers import wire
from inventory.suppliers.apigames import HOST, SPEC, answers
from inventory.suppliers.apigames.answers import Answer
from inventory.suppliers.base import (
    AddressRefused,
    BadCallback,
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
    WrongCredentials,
)
from ppob.kit.http import HttpClient, NoAnswer, Response, Unreachable
from ppob.kit.urls import is_at

MAX_CALLBACK_BYTES = 65_536
READ_SECS = 20
_REFUSALS = {"IP": AddressRefused, "KEY": KeysRefused, "SIGN": KeysRefused}

T = TypeVar("T")


class Apigames(Supplier):
    """One merchant at Apigames. Raises WrongCredentials for keys without a place."""

    spec: ClassVar[SupplierSpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        _check(config)
        super().__init__(config)

    def buy(self, request: PurchaseRequest) -> PurchaseFact:
        """Buy one unit. What is answered is never the end, see `answers.first_word`."""
        account, server = answers.split(request.destination)
        order = {"produk": request.sku, "tujuan": account, "server_id": server}
        answer = self._transact("/v2/transaksi", request.ref_id, **order)
        if answer.data is None:
            return answers.refused(answer.refusal, ref_id=request.ref_id)
        return answers.first_word(_fact(answer.data, request.ref_id))

    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of a purchase; never buys."""
        answer = self._transact("/v2/transaksi/status", request.ref_id)
        if answer.data is None:
            return answers.not_shown(answer.refusal, ref_id=request.ref_id)
        return _fact(answer.data, request.ref_id)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> LookUp:
        """Which purchase has news, after proving that Apigames knows its reference.

        Raises BadCallback: the header is proven with what stands inside the body, so
        what cannot be read is not proven either.
        """
        if len(body) > MAX_CALLBACK_BYTES:
            raise BadCallback("The callback is too long.", "TOO_LONG")
        try:
            ref_id = wire.text(wire.read_object(body), "ref_id")
        except wire.Malformed as error:
            raise BadCallback(str(error), "MALFORMED") from error
        sent = {name.lower(): value for name, value in headers.items()}
        # A header may hold halves of characters; they never match.
        told = sent.get("x-apigames-authorization", "").encode("utf-8", "replace")
        expected = self._sign(":", ref_id).encode()
        if not ref_id or not hmac.compare_digest(expected, told):
            raise BadCallback("The signature is wrong.", "BAD_SIGNATURE")
        return LookUp(reference=ref_id)

    def read_balance(self) -> int:
        """The deposit. See Supplier.read_balance."""
        data = self._look("", signature=self._sign(":"))
        return _read(answers.read_balance, data)

    def list_prices(self) -> list[PricedProduct]:
        """Nothing: Apigames documents no way to ask for its prices."""
        raise ProviderRefused(f"{SPEC.label} tells no prices.", "NO_LIST")

    def find_name(self, game: str, account: Mapping[str, str]) -> str | None:
        """The player's name, at most 80 characters. See Supplier.find_name.

        How a zone is added to a player's number is not documented (clients in use write
        it in brackets), so where one is, "not found" may be about the notation: then
        nobody knows, and OutcomeUnknown is raised.
        """
        code = SPEC.name_checks.get(game)
        if code is None:
            return super().find_name(game, account)
        player, zone = answers.split(SPEC.write_account(game, account))
        data = self._look(
            f"/cek-username/{code}",
            secs=wire.NAME_READ_SECS,
            signature=self._sign(""),
            user_id=f"{player}({zone})" if zone else player,
        )
        name = _read(answers.read_name, data)
        if name is None and zone:
            raise OutcomeUnknown("No such player, as this was written.")
        return name

    def _transact(self, path: str, ref_id: str, **content: str) -> Answer:
        """The answer about one purchase. Documented: every HTTP error is "pending"."""
        body = {
            "ref_id": ref_id,
            "merchant_id": self._config.key("merchant_id"),
            **content,
            "signature": self._sign(":", ref_id),
        }
        response = self._call("POST", path, secs=READ_SECS, json=body)
        if response.status != 200:
            raise OutcomeUnknown(f"Status {response.status}.")
        return _admitted(answers.read_answer(response.body))

    def _look(
        self, path: str, *, secs: float = READ_SECS, **params: str
    ) -> dict[str, Any]:
        """What a question that changes nothing is answered; a no is a refusal."""
        # The account is part of the path: nothing in it may lead elsewhere.
        account = quote(self._config.key("merchant_id"), safe="")
        response = self._call(
            "GET", f"/merchant/{account}{path}", secs=secs, params=params
        )
        if response.status >= 500:
            raise OutcomeUnknown(f"Status {response.status}.")
        answer = _admitted(answers.read_answer(response.body))
        if answer.data is None:
            raise ProviderRefused(answer.refusal, "REFUSED")
        return answer.data

    def _call(self, method: str, path: str, *, secs: float, **content: Any) -> Response:
        try:
            client = _client(self._config.base_url, secs)
            return client.request(method, path, **content)
        except Unreachable as error:
            raise ProviderUnreachable(str(error)) from error
        except NoAnswer as error:
            raise OutcomeUnknown(str(error)) from error

    def _sign(self, between: str, *more: str) -> str:
        """Merchant, secret and `more`; some calls join them by colons, some do not."""
        config = self._config
        parts = (config.key("merchant_id"), config.key("secret_key"), *more)
        # MD5 is what the protocol asks for.
        digest = hashlib.md5(between.join(parts).encode(), usedforsecurity=False)
        return digest.hexdigest()


@lru_cache(maxsize=8)
def _client(base_url: str, secs: float = READ_SECS) -> HttpClient:
    # One client per address keeps its connections; the keys go with each request.
    return HttpClient(base_url, name="apigames", read_secs=secs)


def _admitted(answer: Answer) -> Answer:
    """The answer, unless it was turned away before it was looked at."""
    code = wire.meaning(answer.refusal, answers.AT_THE_DOOR)
    if code:
        raise _REFUSALS[code](answer.refusal, code)
    return answer


def _fact(data: Mapping[str, Any], ref_id: str) -> PurchaseFact:
    try:
        return answers.read_fact(data, ref_id=ref_id)
    except wire.Malformed as error:
        # It may have been bought: an answer nobody can read is no failure.
        raise OutcomeUnknown(str(error)) from error


def _read(reader: Callable[[Mapping[str, Any]], T], data: Mapping[str, Any]) -> T:
    try:
        return reader(data)
    except wire.Malformed as error:
        raise OutcomeUnknown(str(error)) from error


def _check(config: ProviderConfig) -> None:
    """A real key is sent to Apigames only, and a pretended one never is."""
    config.require_keys(SPEC)
    if is_at(config.base_url, HOST) is not (config.mode is Mode.LIVE):
        raise WrongCredentials(
            "Address and mode do not belong together.", "WRONG_ADDRESS"
        )
