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

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from inventory.suppliers import callback_proof, calling, wire, worded
from inventory.suppliers.base import (
    FactState,
    LookUp,
    OutcomeUnknown,
    PricedProduct,
    ProviderConfig,
    ProviderUnreachable,
    PurchaseFact,
    PurchaseRequest,
    Supplier,
    SupplierSpec,
)
from inventory.suppliers.tokovoucher import HOST, SPEC, answers
from ppob.kit.http import MAX_BYTES
from ppob.kit.provider_calls import HttpClients, send

# A purchase is two calls within one lease. An order that starts when the price took
# this long ends some 60 seconds after the first, as slow as a client may be.
PRICE_WITHIN_SECS = 25
READ_SECS = 10

_client = HttpClients(name="tokovoucher", read_secs=READ_SECS)


class TokoVoucher(Supplier):
    """One member at TokoVoucher. Raises WrongCredentials for keys without a place."""

    spec: ClassVar[SupplierSpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        calling.require_own_address(config, SPEC, host=HOST)
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
        account, server = SPEC.split_account(request.destination)
        order = {"produk": request.sku, "tujuan": account, "server_id": server}
        answer = self._transact("/v1/transaksi", request.ref_id, **order)
        if answer.content is None:
            return worded.refused(answer, answers.NOT_ORDERED, ref_id=request.ref_id)
        return _fact(answer.content, request.ref_id)

    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of a purchase; never buys."""
        answer = self._transact("/v1/transaksi/status", request.ref_id)
        if answer.content is None:
            return worded.not_shown(answer, ref_id=request.ref_id)
        return _fact(answer.content, request.ref_id)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> LookUp:
        """Which purchase has news, after proving that TokoVoucher knows its reference.

        Raises BadCallback: the header is proven with what stands inside the body, so
        what cannot be read is not proven either.
        """
        signature = callback_proof.header(headers, "x-tokovoucher-authorization")
        return callback_proof.read_report(body, signature, sign=self._sign)

    def read_balance(self) -> int:
        """The deposit. See Supplier.read_balance."""
        content = worded.granted(self._look("/member"))
        with wire.reading():
            return answers.read_balance(content)

    def list_prices(self) -> list[PricedProduct]:
        """The whole list, at the prices of the member's own level."""
        limits = (wire.LIST_READ_SECS, wire.MOST_LIST_BYTES)
        content = worded.granted(self._look("/member/produk/full", limits))
        with wire.reading():
            return answers.read_prices(content)

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

    def _transact(self, path: str, ref_id: str, **content: str) -> worded.Answer:
        """The answer about one purchase. Documented: every HTTP error is "pending"."""
        body = {
            "ref_id": ref_id,
            **content,
            "member_code": self._config.key("member_code"),
            "signature": self._sign(ref_id),
        }
        response = send(_client(self._config.base_url), "POST", path, json=body)
        if response.status != 200:
            raise OutcomeUnknown(f"Status {response.status}.")
        return answers.read_answer(response.body)

    def _look(
        self,
        path: str,
        limits: tuple[float, int] = (READ_SECS, MAX_BYTES),
        **params: str,
    ) -> worded.Answer:
        """What a question that changes nothing is answered, within these limits."""
        keys = {
            "member_code": self._config.key("member_code"),
            "signature": self._sign(),
        }
        client = _client(self._config.base_url, *limits)
        response = send(client, "GET", path, params=keys | params)
        if response.status >= 500:
            raise OutcomeUnknown(f"Status {response.status}.")
        return answers.read_answer(response.body)

    def _sign(self, *more: str) -> str:
        config = self._config
        parts = (config.key("member_code"), config.key("secret_key"), *more)
        return calling.md5(":".join(parts))


def _fact(content: Mapping[str, Any], ref_id: str) -> PurchaseFact:
    with wire.reading():
        return answers.read_fact(content, ref_id=ref_id)
