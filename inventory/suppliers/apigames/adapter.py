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

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from inventory.suppliers import callback_proof, calling, wire, worded
from inventory.suppliers.apigames import HOST, SPEC, answers
from inventory.suppliers.base import (
    LookUp,
    OutcomeUnknown,
    PricedProduct,
    ProviderConfig,
    ProviderRefused,
    PurchaseFact,
    PurchaseRequest,
    Supplier,
    SupplierSpec,
)
from ppob.kit.provider_calls import HttpClients, send

READ_SECS = 20

_client = HttpClients(name="apigames", read_secs=READ_SECS)


class Apigames(Supplier):
    """One merchant at Apigames. Raises WrongCredentials for keys without a place."""

    spec: ClassVar[SupplierSpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        calling.require_own_address(config, SPEC, host=HOST)
        super().__init__(config)

    def buy(self, request: PurchaseRequest) -> PurchaseFact:
        """Buy one unit. What is answered is never the end, see `answers.first_word`."""
        account, server = SPEC.split_account(request.destination)
        order = {"produk": request.sku, "tujuan": account, "server_id": server}
        answer = self._transact("/v2/transaksi", request.ref_id, **order)
        if answer.content is None:
            return worded.refused(answer, answers.NOT_ORDERED, ref_id=request.ref_id)
        return answers.first_word(_fact(answer.content, request.ref_id))

    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of a purchase; never buys."""
        answer = self._transact("/v2/transaksi/status", request.ref_id)
        if answer.content is None:
            return worded.not_shown(answer, ref_id=request.ref_id)
        return _fact(answer.content, request.ref_id)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> LookUp:
        """Which purchase has news, after proving that Apigames knows its reference.

        Raises BadCallback: the header is proven with what stands inside the body, so
        what cannot be read is not proven either.
        """
        signature = callback_proof.header(headers, "x-apigames-authorization")
        return callback_proof.read_report(
            body, signature, sign=lambda ref_id: self._sign(":", ref_id)
        )

    def read_balance(self) -> int:
        """The deposit. See Supplier.read_balance."""
        data = self._look("", signature=self._sign(":"))
        with wire.reading():
            return answers.read_balance(data)

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
        player, zone = SPEC.split_account(SPEC.write_account(game, account))
        data = self._look(
            f"/cek-username/{code}",
            secs=wire.NAME_READ_SECS,
            signature=self._sign(""),
            user_id=f"{player}({zone})" if zone else player,
        )
        with wire.reading():
            name = answers.read_name(data)
        if name is None and zone:
            raise OutcomeUnknown("No such player, as this was written.")
        return name

    def _transact(self, path: str, ref_id: str, **content: str) -> worded.Answer:
        """The answer about one purchase. Documented: every HTTP error is "pending"."""
        body = {
            "ref_id": ref_id,
            "merchant_id": self._config.key("merchant_id"),
            **content,
            "signature": self._sign(":", ref_id),
        }
        response = send(_client(self._config.base_url), "POST", path, json=body)
        if response.status != 200:
            raise OutcomeUnknown(f"Status {response.status}.")
        return answers.read_answer(response.body)

    def _look(
        self, path: str, *, secs: float = READ_SECS, **params: str
    ) -> dict[str, Any]:
        """What a question that changes nothing is answered; a no is a refusal."""
        # The account is part of the path: nothing in it may lead elsewhere.
        account = quote(self._config.key("merchant_id"), safe="")
        client = _client(self._config.base_url, secs)
        response = send(client, "GET", f"/merchant/{account}{path}", params=params)
        if response.status >= 500:
            raise OutcomeUnknown(f"Status {response.status}.")
        return worded.granted(answers.read_answer(response.body))

    def _sign(self, between: str, *more: str) -> str:
        """Merchant, secret and `more`; some calls join them by colons, some do not."""
        config = self._config
        parts = (config.key("merchant_id"), config.key("secret_key"), *more)
        return calling.md5(between.join(parts))


def _fact(content: Mapping[str, Any], ref_id: str) -> PurchaseFact:
    with wire.reading():
        return answers.read_fact(content, ref_id=ref_id)
