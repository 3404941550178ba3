"""VIP Reseller's answers: the envelope, its orders, its services. Amounts are rupiah.

https://vip-reseller.co.id/page/api/game-feature
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inventory.suppliers import wire
from inventory.suppliers.base import (
    FactState,
    OutcomeUnknown,
    PricedProduct,
    PurchaseFact,
    PurchaseRequest,
)
from inventory.suppliers.vipreseller import SPEC

GAMES, PREPAID = "game-feature", "prepaid"
MAX_SERIAL = 4_000  # characters; PLN tokens with their notes have some 120
_MAX_TRXID = 64  # what we keep of a supplier's own reference
_MAX_SKU = 60
_PREPAID_SKU = f"{PREPAID}:"
_LEVELS = ("basic", "premium", "special")

_STATES = {
    "waiting": FactState.PENDING,
    "processing": FactState.PENDING,
    "success": FactState.SUCCEEDED,
    "error": FactState.FAILED,
}
# A number that gets the same top-up again today is shown as `2.0812…`.
_TURN = re.compile(r"\d+\.(?=\d)", re.ASCII)


@dataclass(frozen=True)
class Answer:
    """The envelope of every answer; `message` says in words what happened."""

    is_ok: bool
    data: Any = field(repr=False)
    message: str

    @property
    def is_plain_refusal(self) -> bool:
        """Whether it says no and nothing beside it, so that its words can be taken."""
        return not self.is_ok and not self.data


@dataclass(frozen=True)
class Line:
    """What a SKU of ours stands for: a service in one of two parts of the API."""

    family: str
    code: str


@dataclass(frozen=True)
class Order:
    """One order as it is shown; `note` may be the code that the buyer paid for."""

    trxid: str
    account: str
    zone: str
    service: str
    code: str
    status: str
    note: str = field(repr=False)
    price: int | None

    def is_for(self, request: PurchaseRequest) -> bool:
        """Whether it goes to the account that the request names."""
        account, zone = split(request)
        shown = self.account
        if line_of(request.sku).family == PREPAID and shown != account:
            shown = _TURN.sub("", shown, count=1)
        return (shown, self.zone) == (account, zone)

    def fact(self, request: PurchaseRequest) -> PurchaseFact:
        """What this order says about our purchase.

        Where a serial number stands is not documented. Clients in the field take the
        note of a success for it, and so does this one; it is empty for most games.
        """
        state = _STATES.get(self.status, FactState.UNCLEAR)
        return PurchaseFact(
            ref_id=request.ref_id,
            state=state,
            rc=self.status[:16],
            # What is under way may show the code already, and messages are not sealed.
            message=self.note[:120] if state is FactState.FAILED else "",
            cost=self.price,
            serial_number=self.note if state is FactState.SUCCEEDED else "",
            supplier_reference=self.trxid,
        )


def read_answer(body: bytes) -> Answer:
    """The envelope in `body`; raises OutcomeUnknown for anything else."""
    with wire.reading():
        content = wire.read_object(body)
    result = content.get("result")
    if not isinstance(result, bool):
        raise OutcomeUnknown("The answer does not say whether it worked.")
    message = wire.words(content, "message", most=200)
    return Answer(is_ok=result, data=content.get("data"), message=message)


def read_order(data: object) -> Order:
    """One order; raises wire.Malformed for what is none."""
    if not isinstance(data, dict):
        raise wire.Malformed("The answer shows no order.")
    trxid = wire.text(data, "trxid", most=_MAX_TRXID).strip()
    if not trxid:
        raise wire.Malformed("The order has no id.")
    return Order(
        trxid=trxid,
        account=_word(data, "data"),
        zone=_word(data, "zone"),
        service=wire.text(data, "service"),
        code=wire.text(data, "code"),
        status=wire.text(data, "status").strip().lower(),
        note=wire.text(data, "note", most=MAX_SERIAL).strip(),
        price=wire.number(data, "price"),
    )


def read_orders(data: object) -> list[Order]:
    """All orders of a list, each once; raises wire.Malformed if one is unreadable.

    None is left out: whether exactly one of them is ours depends on it.
    """
    if not isinstance(data, list):
        raise wire.Malformed("The answer is no list of orders.")
    return list({order.trxid: order for order in map(read_order, data)}.values())


def split(request: PurchaseRequest) -> tuple[str, str]:
    """`data_no` and `data_zone` of a request; the zone is empty where there is none."""
    if line_of(request.sku).family == PREPAID:
        return request.destination, ""
    return SPEC.split_account(request.destination)


def line_of(sku: str) -> Line:
    """The service behind one of our SKUs."""
    if sku.startswith(_PREPAID_SKU):
        return Line(PREPAID, sku.removeprefix(_PREPAID_SKU))
    return Line(GAMES, sku)


def priced(item: Mapping[str, Any], *, family: str) -> PricedProduct | None:
    """One line of a price list, None for one that cannot be bought.

    Raises wire.Malformed.
    """
    code, cost = wire.text(item, "code"), cost_of(item)
    is_game = family == GAMES
    sku = code if is_game else f"{_PREPAID_SKU}{code}"
    # A code that was cut would be another service.
    if not code or cost is None or len(sku) > _MAX_SKU:
        return None
    brand = wire.words(item, "game" if is_game else "brand", most=60)
    name = wire.words(item, "name", most=120)
    return PricedProduct(
        sku=sku,
        name=f"{brand} - {name}"[:120] if is_game and brand else name,
        cost=cost,
        is_available=is_on(item),
        closed_from=None,
        closed_until=None,
        brand=brand,
        category="Games" if is_game else wire.words(item, "type", most=60),
    )


def cost_of(item: Mapping[str, Any]) -> int | None:
    """What a service costs at most; None where that cannot be read.

    Which of three prices counts depends on the account and is shown nowhere. The
    highest is taken, so that nothing is sold below cost. Raises wire.Malformed.
    """
    price = item.get("price")
    if not isinstance(price, dict):
        return wire.number(item, "price") or None
    found = [wire.number(price, level) for level in _LEVELS]
    return max((each for each in found if each), default=None)


def is_on(item: Mapping[str, Any]) -> bool:
    """Whether the service takes orders now."""
    return item.get("status") == "available"


def names_of(item: Mapping[str, Any]) -> set[str]:
    """How orders may call this service: by its code, or as `game - name`."""
    code, game, name = (
        wire.words(item, key, most=200) for key in ("code", "game", "name")
    )
    whole = f"{game} - {name}" if game and name else ""
    return {_plain(each) for each in (code, name, whole)} - {""}


def is_called(order: Order, names: set[str]) -> bool:
    """Whether the order is for a service of one of these names."""
    return bool({_plain(order.service), _plain(order.code)} & names)


def _word(data: Mapping[str, Any], key: str) -> str:
    """An account or zone, also where somebody wrote it as a number."""
    value = data.get(key)
    return str(value) if type(value) is int else wire.text(data, key).strip()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
