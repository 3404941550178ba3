"""VIP Reseller: https://vip-reseller.co.id/page/api/game-feature, …/prepaid, …/profile

It keeps no reference of ours and documents no intervals. After a silence its last
orders are read: exactly one for the same service and account that is no other purchase
of ours, is this one. Orders carry no time, so one that was made by hand on its pages
for the same account may be taken for ours when our own request never arrived.

There is no price limit in an order either, so the price is read right before it.
"""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from inventory.suppliers import callback_proof, calling, wire
from inventory.suppliers.base import (
    FactState,
    LookUp,
    OddCallback,
    OutcomeUnknown,
    PricedProduct,
    ProviderConfig,
    ProviderRefused,
    ProviderUnreachable,
    PurchaseFact,
    PurchaseRequest,
    Supplier,
    SupplierSpec,
)
from inventory.suppliers.vipreseller import SPEC, answers, refusals
from inventory.suppliers.vipreseller.answers import GAMES, PREPAID, Answer, Order
from inventory.suppliers.worded import TURNED_AWAY
from ppob.kit.http import MAX_BYTES
from ppob.kit.provider_calls import HttpClients, send

HOST = "vip-reseller.co.id"
LAST_ORDERS = 50  # as far back as an order of ours is looked for
MOST_NAME = 80
# A purchase is two calls within one lease. An order that starts when the price took
# this long ends some 90 seconds after the first, as slow as a client may be.
PRICE_WITHIN_SECS = 25
READ_SECS = 10

_client = HttpClients(name="vipreseller", read_secs=READ_SECS)


class _NotGranted(ProviderRefused):
    """A question that was understood and not answered."""


class VipReseller(Supplier):
    """One account at VIP Reseller. Raises WrongCredentials for keys without a place."""

    spec: ClassVar[SupplierSpec] = SPEC

    def __init__(self, config: ProviderConfig) -> None:
        calling.require_own_address(config, SPEC, host=HOST)
        super().__init__(config)

    def buy(self, request: PurchaseRequest) -> PurchaseFact:
        """Order one unit, unless it costs more than the request's ceiling by now.

        Whatever goes wrong before the order is ProviderUnreachable: nothing was bought.
        """
        started = time.monotonic()
        reason = self._why_not(request)
        if reason:
            return _fact(request, FactState.NOT_FORMED, reason)
        if time.monotonic() - started > PRICE_WITHIN_SECS:
            raise ProviderUnreachable("Reading the price took too long.")
        account, zone = answers.split(request)
        line = answers.line_of(request.sku)
        order = {"type": "order", "service": line.code, "data_no": account}
        answer = self._ask(line.family, order | ({"data_zone": zone} if zone else {}))
        return _ordered(answer, request)

    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        """What became of an order, by its own id or among the last ones.

        None or several that may be ours are UNCLEAR. Nothing is ever bought.
        """
        trxid = request.supplier_reference
        if request.has_rivals and not trxid:
            return _fact(request, FactState.UNCLEAR, "rivals")
        which = {"trxid": trxid} if trxid else {"limit": str(LAST_ORDERS)}
        family = answers.line_of(request.sku).family
        answer = self._ask(family, {"type": "status", **which})
        if not answer.is_ok:
            return _fact(request, FactState.UNCLEAR, "", answer.message)
        with wire.reading():
            orders = answers.read_orders(answer.data)
            found = (
                [order for order in orders if order.trxid == trxid]
                if trxid
                else self._ours(orders, request)
            )
        if len(found) != 1 or not found[0].is_for(request):
            return _fact(request, FactState.UNCLEAR, f"{len(found)} found")
        return found[0].fact(request)

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> LookUp:
        """Which order to ask about: the header proves who sends, not what is said."""
        callback_proof.require_short(body)
        signature = callback_proof.header(headers, "x-client-signature")
        callback_proof.require_match(self._sign(), signature)
        with callback_proof.reading(OddCallback):
            order = answers.read_order(wire.read_object(body).get("data"))
        return LookUp(supplier_reference=order.trxid)

    def read_balance(self) -> int:
        """The deposit. See Supplier.read_balance."""
        data = _granted(self._ask("profile", {})).data
        with wire.reading():
            balance = wire.number(data, "balance") if isinstance(data, dict) else None
        if balance is None:
            raise OutcomeUnknown("The answer names no balance.")
        return balance

    def list_prices(self) -> list[PricedProduct]:
        """Games and prepaid, at the highest of the three prices that each has."""
        # What is left out of the list counts as not available.
        secs = wire.LIST_READ_SECS
        games = self._list_services(GAMES, secs=secs, filter_status="available")
        found = wire.read_lines(games, partial(answers.priced, family=GAMES))
        prepaid = self._list_services(PREPAID, secs=secs)
        return found + wire.read_lines(prepaid, partial(answers.priced, family=PREPAID))

    def find_name(self, game: str, account: Mapping[str, str]) -> str | None:
        """The player's name, at most 80 characters. See Supplier.find_name."""
        code = SPEC.name_checks.get(game)
        if code is None:
            raise ProviderRefused(f"{SPEC.label} names no players of {game}.", "GAME")
        target, zone = SPEC.split_account(SPEC.write_account(game, account))
        asked = {"type": "get-nickname", "code": code, "target": target}
        asked |= {"additional_target": zone}
        answer = self._ask(GAMES, asked, secs=wire.NAME_READ_SECS)
        if answer.is_plain_refusal and refusals.find(
            answer.message, refusals.NO_PLAYER
        ):
            return None
        _granted(answer)
        said = wire.words({"name": answer.data}, "name", most=200)
        name = " ".join(said.split())[:MOST_NAME].strip()
        if not name:
            raise OutcomeUnknown("The answer has no name.")
        return name

    def _why_not(self, request: PurchaseRequest) -> str:
        """Why the order would not be wanted at its present price; empty if it is."""
        try:
            item = self._find_service(request.sku)
            cost = answers.cost_of(item) if item else None
        except (_NotGranted, OutcomeUnknown, wire.Malformed) as error:
            # Nothing was ordered yet, so trying again is safe.
            raise ProviderUnreachable(str(error)) from error
        if item is None:
            return "service"
        if not answers.is_on(item):
            return "empty"
        if cost is None:
            raise ProviderUnreachable("The price cannot be read.")
        return "price" if cost > request.ceiling else ""

    def _find_service(self, sku: str) -> Mapping[str, Any] | None:
        """The service as it is offered now, or None."""
        line = answers.line_of(sku)
        if line.family == GAMES:
            asked = {"type": "service-stock", "service": line.code}
            told = self._ask(GAMES, asked)
            # Some services are not told one by one: then the list decides.
            if told.is_ok and _is(told.data, line.code):
                found: dict[str, Any] = told.data
                return found
        listed = self._list_services(line.family)
        return next((item for item in listed if _is(item, line.code)), None)

    def _ours(self, orders: list[Order], request: PurchaseRequest) -> list[Order]:
        """The orders that may be this purchase, as far as orders can tell."""
        similar = [
            order
            for order in orders
            if order.is_for(request) and order.trxid not in request.taken
        ]
        if not similar:
            return []
        # An order shows the name of its service, a request has its code.
        line = answers.line_of(request.sku)
        listed = self._list_services(line.family)
        items = (item for item in listed if _is(item, line.code))
        names = answers.names_of({"code": line.code}).union(
            *map(answers.names_of, items)
        )
        return [order for order in similar if answers.is_called(order, names)]

    def _list_services(
        self, family: str, *, secs: float = READ_SECS, **filters: str
    ) -> list[dict[str, Any]]:
        """Whoever buys waits `secs` for it: a purchase has to end within its lease."""
        content = {"type": "services", **filters}
        answer = self._ask(family, content, secs=secs, most=wire.MOST_LIST_BYTES)
        if answer.is_plain_refusal and refusals.find(
            answer.message, refusals.NO_SERVICES
        ):
            return []
        listed = _granted(answer).data
        if not isinstance(listed, list):
            raise OutcomeUnknown("The answer is no list of services.")
        return [item for item in listed if isinstance(item, dict)]

    def _ask(
        self,
        path: str,
        content: Mapping[str, str],
        *,
        secs: float = READ_SECS,
        most: int = MAX_BYTES,
    ) -> Answer:
        """The answer to one call; raises ProviderRefused when turned away before it."""
        config = self._config
        body = {"key": config.key("api_key"), "sign": self._sign(), **content}
        client = _client(config.base_url, secs, most)
        response = send(client, "POST", f"/{path}", data=body)
        # It may have failed after it had ordered.
        if response.status >= 500:
            raise OutcomeUnknown(f"Status {response.status}.")
        answer = answers.read_answer(response.body)
        code = refusals.find(answer.message, refusals.AT_THE_DOOR)
        if answer.is_plain_refusal and code:
            raise TURNED_AWAY[code](answer.message, code)
        return answer

    def _sign(self) -> str:
        # The same for every call.
        return calling.md5(f"{self._config.key('api_id')}{self._config.key('api_key')}")


def _ordered(answer: Answer, request: PurchaseRequest) -> PurchaseFact:
    """What the answer to an order says about it."""
    if not answer.is_ok:
        return _refused(answer, request)
    with wire.reading():
        order = answers.read_order(answer.data)
    if not order.is_for(request) or order.trxid in request.taken:
        raise OutcomeUnknown("The answer is about another order.")
    return order.fact(request)


def _refused(answer: Answer, request: PurchaseRequest) -> PurchaseFact:
    said = answer.message if answer.is_plain_refusal else ""
    if refusals.find(said, refusals.COME_LATER):
        raise ProviderUnreachable(said)
    reason = refusals.find(said, refusals.NOT_ORDERED)
    state = FactState.NOT_FORMED if reason else FactState.UNCLEAR
    return _fact(request, state, reason, answer.message)


def _fact(
    request: PurchaseRequest, state: FactState, rc: str, message: str = ""
) -> PurchaseFact:
    return PurchaseFact(
        ref_id=request.ref_id,
        state=state,
        rc=rc[:16],
        message=message[:120],
        # Neither the product nor the destination is at fault: its owner fills it up.
        is_account_trouble=rc == refusals.BALANCE,
    )


def _granted(answer: Answer) -> Answer:
    """The answer to a question, which changes nothing: a no is a refusal."""
    if not answer.is_ok:
        raise _NotGranted(answer.message, "REFUSED")
    return answer


def _is(item: object, code: str) -> bool:
    return isinstance(item, dict) and item.get("code") == code
