"""TokoVoucher, version 1: https://docs.tokovoucher.net/transaksi/post

What became of a purchase is asked by our reference at an address of its own; what a
repeated purchase does is not documented, so it is never repeated. A report's signature
covers the reference alone: it only makes us ask. It suggests to ask every ten minutes;
asking more often is not forbidden, and an interval that it minds is not documented.

There is no price limit in an order, so the price is read right before it. That the
search tells the price of the member's own level, as the whole list does, is not
documented; were it another level's, some orders would be refused too early, and none
paid too dearly without being noticed.

The variants of these calls that carry the secret in the address are not used. What the
documentation calls the default signature is the digest of member and secret, as its
author's own client computes it: https://github.com/yolkmonday/tokovoucher
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

from inventory.suppliers import wire
from inventory.suppliers.base import (
    AddressRefused,
    BadCallback,
    FactState,
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
from inventory.suppliers.tokovoucher import HOST, SPEC, answers
from inventory.suppliers.tokovoucher.answers import Answer
from ppob.kit.http import MAX_BYTES, HttpClient, NoAnswer, Response, Unreachable
from ppob.kit.urls import is_at

MAX_CALLBACK_BYTES = 65_536
# A purchase is two calls within one lease. An order that starts when the price took
# this long ends some 60 seconds after the first, as slow as a client may be.
PRICE_WITHIN_SECS = 25
READ_SECS = 10
_REFUSALS = {"IP": AddressRefused, "KEY": KeysRefused, "SIGN": KeysRefused}

T = TypeVar("T")


class TokoVoucher(Supplier):
    """One member at TokoVoucher. Raises WrongCredentials for keys without a place."""

    spec: ClassVar[SupplierSpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        _check(config)
        super().__init__(config)

    def buy(self, request: PurchaseRequest) -> PurchaseFact:
        """Buy one unit, unless it costs more than the request's ceiling by now.

        Whatever goes wrong before the order is ProviderUnreachable: nothing was bought.
        """
        started = time.monotonic()
        reason = self._why_not(request)
        if reason:
            return PurchaseFact(request.ref_id, FactState.NOT_FORMED, reason, "")
        if time.monotonic() - started > PRICE_WITHIN_SECS:
            raise ProviderUnreachable("Reading the price took too long.")
        account, server = answers.split(request.destination)
        order = {"produk": request.sku, "tujuan": account, "server_id": server}
        answer = self._transact("/v1/transaksi", request.ref_id, **order)
        if answer.content is None:
            return answers.refused(answer.refusal, ref_id=request.ref_id)
        return _fact(answer.content, request.ref_id)

    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of a purchase; never buys."""
        answer = self._transact("/v1/transaksi/status", request.ref_id)
        if answer.content is None:
            return answers.not_shown(answer.refusal, ref_id=request.ref_id)
        return _fact(answer.content, request.ref_id)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> LookUp:
        """Which purchase has news, after proving that TokoVoucher knows its reference.

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
        told = sent.get("x-tokovoucher-authorization", "").encode("utf-8", "replace")
        if not ref_id or not hmac.compare_digest(self._sign(ref_id).encode(), told):
            raise BadCallback("The signature is wrong.", "BAD_SIGNATURE")
        return LookUp(reference=ref_id)

    def read_balance(self) -> int:
        """The deposit. See Supplier.read_balance."""
        return _read(answers.read_balance, _granted(self._look("/member")))

    def list_prices(self) -> list[PricedProduct]:
        """The whole list, at the prices of the member's own level."""
        answer = self._look("/member/produk/full", most=wire.MOST_LIST_BYTES)
        return _read(answers.read_prices, _granted(answer))

    def _why_not(self, request: PurchaseRequest) -> str:
        """Why the order would not be wanted at its present price; empty if it is."""
        try:
            answer = self._look("/produk/code", kode=request.sku)
            if answer.content is not None:
                return answers.why_not(
                    answer.content, sku=request.sku, ceiling=request.ceiling
                )
        except (OutcomeUnknown, wire.Malformed) as error:
            # Nothing was ordered yet, so trying again is safe.
            raise ProviderUnreachable(str(error)) from error
        if answers.is_no_product(answer.refusal):
            return "product"
        raise ProviderUnreachable(answer.refusal)

    def _transact(self, path: str, ref_id: str, **content: str) -> Answer:
        """The answer about one purchase. Documented: every HTTP error is "pending"."""
        body = {
            "ref_id": ref_id,
            **content,
            "member_code": self._config.key("member_code"),
            "signature": self._sign(ref_id),
        }
        response = self._call("POST", path, json=body)
        if response.status != 200:
            raise OutcomeUnknown(f"Status {response.status}.")
        return _admitted(answers.read_answer(response.body))

    def _look(self, path: str, *, most: int = MAX_BYTES, **params: str) -> Answer:
        """What a question that changes nothing is answered."""
        keys = {
            "member_code": self._config.key("member_code"),
            "signature": self._sign(),
        }
        response = self._call("GET", path, most=most, params=keys | params)
        if response.status >= 500:
            raise OutcomeUnknown(f"Status {response.status}.")
        return _admitted(answers.read_answer(response.body))

    def _call(
        self, method: str, path: str, *, most: int = MAX_BYTES, **content: Any
    ) -> Response:
        is_long = most > MAX_BYTES
        secs = wire.LIST_READ_SECS if is_long else READ_SECS
        try:
            client = _client(self._config.base_url, secs, most)
            return client.request(method, path, **content)
        except Unreachable as error:
            raise ProviderUnreachable(str(error)) from error
        except NoAnswer as error:
            raise OutcomeUnknown(str(error)) from error

    def _sign(self, *more: str) -> str:
        config = self._config
        parts = (config.key("member_code"), config.key("secret_key"), *more)
        # MD5 is what the protocol asks for.
        digest = hashlib.md5(":".join(parts).encode(), usedforsecurity=False)
        return digest.hexdigest()


@lru_cache(maxsize=8)
def _client(
    base_url: str, secs: float = READ_SECS, most: int = MAX_BYTES
) -> HttpClient:
    # One client per address keeps its connections; the keys go with each request.
    return HttpClient(base_url, name="tokovoucher", read_secs=secs, most_bytes=most)


def _admitted(answer: Answer) -> Answer:
    """The answer, unless it was turned away before it was looked at."""
    code = wire.meaning(answer.refusal, answers.AT_THE_DOOR)
    if code:
        raise _REFUSALS[code](answer.refusal, code)
    return answer


def _granted(answer: Answer) -> Mapping[str, Any]:
    """The answer to a question, which changes nothing: a no is a refusal."""
    if answer.content is None:
        raise ProviderRefused(answer.refusal, "REFUSED")
    return answer.content


def _fact(content: Mapping[str, Any], ref_id: str) -> PurchaseFact:
    try:
        return answers.read_fact(content, ref_id=ref_id)
    except wire.Malformed as error:
        # It may have been bought: an answer nobody can read is no failure.
        raise OutcomeUnknown(str(error)) from error


def _read(reader: Callable[[Mapping[str, Any]], T], content: Mapping[str, Any]) -> T:
    try:
        return reader(content)
    except wire.Malformed as error:
        raise OutcomeUnknown(str(error)) from error


def _check(config: ProviderConfig) -> None:
    """A real key is sent to TokoVoucher only, and a pretended one never is."""
    config.require_keys(SPEC)
    if is_at(config.base_url, HOST) is not (config.mode is Mode.LIVE):
        raise WrongCredentials(
            "Address and mode do not belong together.", "WRONG_ADDRESS"
        )
