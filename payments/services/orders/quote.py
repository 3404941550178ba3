"""What an order costs: lines, what is taken off, and the total.

The one seam for prices: who lowers one adds an `Adjustment` to the quote, and
`checkout` writes down what the quote says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate, pairwise
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from catalog import destinations
from catalog.models import Product
from catalog.pricing import MOST_PIECES, Rule
from catalog.states import SUPPLIED_KINDS, ProductKind
from inventory.models import BillInquiry
from inventory.services import bills, number_checks, serving
from inventory.services.jakarta import JAKARTA
from inventory.services.serving import Serving
from inventory.states import Obstacle
from payments.services.orders import buyer_prices
from payments.services.orders.buyer_prices import BuyerPrices
from payments.states import AdjustmentKind
from ppob.kit.errors import Conflict, InvalidInput
from ppob.kit.i18n import filled
from ppob.kit.rows import find_row
from tenants.models import Customer

MAX_QUANTITY = MOST_PIECES
MAX_LINES = 20


class NotForSale(Conflict):
    """The product cannot be bought (any more)."""

    code = "NOT_FOR_SALE"
    default = _("This product is not for sale right now.")


class NeedsDestination(InvalidInput):
    """A top-up was ordered without an account that it goes to."""

    code = "NEEDS_DESTINATION"
    default = _("Enter the account that the top-up goes to.")


class NeedsInquiry(InvalidInput):
    """A bill was ordered that nobody has asked about, or with a number of its own."""

    code = "NEEDS_INQUIRY"
    default = _("Look up the bill first; then it can be paid.")


class BillNotPayable(NotForSale):
    """What was answered about the bill cannot be ordered (any more)."""

    code = "BILL_NOT_PAYABLE"
    default = bills.BillIsOver.default


class NotServed(NotForSale):
    """No supplier can deliver the top-up right now; `serving` says why."""

    code = "NOT_SERVED"
    _SENTENCES: ClassVar[dict[Obstacle | None, Any]] = {
        Obstacle.CLOSED: _("The supplier is closed right now. Nothing was charged."),
        Obstacle.NO_DEPOSIT: _(
            "This product is being refilled right now. Nothing was charged; please try "
            "again in a few minutes."
        ),
        Obstacle.DOWN: _(
            "The supplier does not answer right now. Nothing was charged; please try "
            "again in a few minutes."
        ),
    }

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        sentence: Any = self._SENTENCES.get(serving.obstacle)
        if serving.obstacle == Obstacle.CLOSED and serving.until is not None:
            sentence = filled(
                _("The supplier opens again at %(time)s WIB. Nothing was charged."),
                time=f"{serving.until.astimezone(JAKARTA):%H:%M}",
            )
        super().__init__(
            sentence or _("No supplier can deliver this product right now.")
        )


@dataclass(frozen=True)
class Item:
    """So many pieces of a product (our row's id).

    A top-up goes to the account `destination`, in which its player has this `name`. A
    bill is ordered by the answer about it (`inquiry_id`, our row's id), which says for
    whom it is and what it costs.
    """

    product_id: int
    quantity: int = 1
    destination: str = ""
    name: str = ""
    inquiry_id: int = 0


@dataclass(frozen=True)
class QuotedLine:
    """A product at the price of this moment, in whole rupiah.

    A price rule, if one counts, took the `reduction` off all pieces together. Of a
    top-up one piece may cost `cost_ceiling` at a supplier; it is None for what is in
    stock.
    """

    product: Product
    quantity: int
    destination: str
    destination_name: str
    unit_price: int
    unit_cost: int
    reduction: int = 0
    rule: Rule | None = None
    cost_ceiling: int | None = None
    inquiry: BillInquiry | None = None

    @property
    def price(self) -> int:
        """What the whole line costs the buyer."""
        return self.unit_price * self.quantity - self.reduction


@dataclass(frozen=True)
class Adjustment:
    """What a tier, a voucher, an amount or an event takes off (rupiah, below zero).

    `source` names the voucher or rule, once in an order; `label` is for people.
    """

    kind: AdjustmentKind
    source: str
    label: str
    amount: int


@dataclass(frozen=True)
class Quote:
    """What the buyer is asked for, and why; the price holds until `valid_until`.

    With a bill in it, it can be paid until `latest` and no later, whatever is chosen.
    """

    lines: tuple[QuotedLine, ...]
    adjustments: tuple[Adjustment, ...]
    valid_until: datetime
    latest: datetime | None = None

    @property
    def total(self) -> int:
        """What is to be paid (rupiah)."""
        adjusted = sum(adjustment.amount for adjustment in self.adjustments)
        return sum(line.unit_price * line.quantity for line in self.lines) + adjusted

    @property
    def pieces(self) -> int:
        """How many pieces all lines have together."""
        return sum(line.quantity for line in self.lines)


def make_quote(
    items: Sequence[Item],
    *,
    customer: Customer,
    adjustments: Sequence[Adjustment] = (),
    valid_until: datetime,
    now: datetime,
) -> Quote:
    """Price these items for the buyer, as they are at this moment.

    What price rules take off comes before the given `adjustments`. Raises NotForSale,
    or InvalidInput for what cannot be ordered like this.
    """
    items = _merged(items)
    if not 1 <= len(items) <= MAX_LINES:
        raise InvalidInput(
            filled(_("Choose from 1 to %(most)d products."), most=MAX_LINES)
        )
    products = [_product_of(item) for item in items]
    prices = buyer_prices.read_prices(customer, products, now=now)
    lines = [
        _quote_line(product, item, prices, now=now)
        for product, item in zip(products, items, strict=True)
    ]
    taken_off = (*adjustments_of(lines), *adjustments)
    latest = _latest_of(lines)
    valid_until = min(valid_until, latest or valid_until)
    quote = Quote(tuple(lines), taken_off, valid_until, latest)
    # An order of nothing would wait for money that nobody can send.
    if quote.total < 1:
        raise InvalidInput(_("Nothing would be left to pay for this order."))
    return replace(quote, lines=_with_ceilings(quote))


def adjustments_of(lines: Sequence[QuotedLine]) -> list[Adjustment]:
    """What price rules took off these lines; a rule stands once in an order."""
    amounts: dict[Rule, int] = {}
    for line in lines:
        if line.rule is not None:
            amounts[line.rule] = amounts.get(line.rule, 0) + line.reduction
    return [
        Adjustment(AdjustmentKind(rule.kind.value), rule.source, rule.label, -amount)
        for rule, amount in amounts.items()
    ]


def require_quantity(quantity: int) -> None:
    """Raise InvalidInput for a number of pieces that nobody may order at once."""
    if not 1 <= quantity <= MAX_QUANTITY:
        raise InvalidInput(
            filled(_("Choose a quantity from 1 to %(most)d."), most=MAX_QUANTITY),
            field="quantity",
        )


def share_out(total: int, prices: Sequence[int]) -> list[int]:
    """What of an order's total falls on each of its lines, by their prices (rupiah).

    The shares add up to the total, whatever is lost by rounding.
    """
    whole = sum(prices)
    reached = [total * price // whole for price in accumulate(prices, initial=0)]
    return [after - before for before, after in pairwise(reached)]


def _merged(items: Sequence[Item]) -> list[Item]:
    """Codes of one product are one line; the order of products is always the same.

    Lines take their stock one after the other: two orders of the same products must
    not do that in opposite directions.
    """
    counts: dict[tuple[int, str, int], int] = {}
    names: dict[str, str] = {}
    for item in items:
        destination = " ".join(item.destination.split())
        key = item.product_id, destination, item.inquiry_id
        counts[key] = counts.get(key, 0) + item.quantity
        names[destination] = item.name
    return [
        Item(product_id, quantity, destination, names[destination], inquiry_id)
        for (product_id, destination, inquiry_id), quantity in sorted(counts.items())
    ]


def _with_ceilings(quote: Quote) -> tuple[QuotedLine, ...]:
    """No top-up may cost more than what its buyer pays for it, after all discounts."""
    shares = share_out(quote.total, [line.price for line in quote.lines])
    return tuple(
        replace(line, cost_ceiling=max(1, share))
        if line.product.kind in SUPPLIED_KINDS
        else line
        for line, share in zip(quote.lines, shares, strict=True)
    )


def _product_of(item: Item) -> Product:
    require_quantity(item.quantity)
    product = find_row(Product, id=item.product_id)
    if product is None or not product.is_active or product.archived_at is not None:
        raise NotForSale
    return product


def _quote_line(
    product: Product, item: Item, prices: BuyerPrices, *, now: datetime
) -> QuotedLine:
    if product.kind == ProductKind.BILL:
        return _quote_bill(product, item, now=now)
    found = None
    if product.kind == ProductKind.TOPUP:
        found = _check_top_up(product, item, now=now)
    elif item.destination:
        raise InvalidInput(_("A code needs no destination."), field="destination")
    goods = serving.goods_of(product, found)
    priced = prices.of_goods(product, goods, item.quantity)
    return QuotedLine(
        product,
        item.quantity,
        item.destination,
        item.name,
        goods.price,
        goods.cost,
        priced.reduction,
        priced.rule,
    )


def _quote_bill(product: Product, item: Item, *, now: datetime) -> QuotedLine:
    """A bill costs what was answered and the store's fee, whatever a client says."""
    if not item.inquiry_id or item.destination:
        raise NeedsInquiry
    if item.quantity != 1:
        raise InvalidInput(_("Bills are paid one at a time."), field="quantity")
    try:
        inquiry = bills.get_answer(inquiry_id=item.inquiry_id, product=product, now=now)
    except bills.BillIsOver:
        raise BillNotPayable from None
    billed, cost = inquiry.billed or 0, inquiry.cost or 0
    price = billed + product.price
    # Below what it costs there, paying it would lose the store's money.
    if cost > price:
        raise NotServed(Serving(Obstacle.TOO_DEAR))
    # No price rule counts: most of it is somebody else's bill.
    return QuotedLine(
        product,
        1,
        inquiry.destination,
        inquiry.customer_name,
        price,
        cost,
        inquiry=inquiry,
    )


def _latest_of(lines: Sequence[QuotedLine]) -> datetime | None:
    """By when an order of these lines has to be paid, if any of them says so."""
    found = [bills.orders_until(each.inquiry) for each in lines if each.inquiry]
    return min(found, default=None)


def _check_top_up(product: Product, item: Item, *, now: datetime) -> Serving:
    """How it is served now, or raise what is wrong with the order of it."""
    if not item.destination:
        raise NeedsDestination(field="destination")
    found = serving.serving_of([product], now=now)[product.pk]
    if not found.is_possible:
        raise NotServed(found)
    if item.quantity != 1:
        raise InvalidInput(_("Top-ups are ordered one at a time."), field="quantity")
    # A sign that nobody sees would send it to another account than the one on screen.
    if not 3 <= len(item.destination) <= 120 or not item.destination.isprintable():
        raise NeedsDestination(field="destination")
    _check_parts(product, item.destination)
    return found


def _check_parts(product: Product, destination: str) -> None:
    """Raise BadDestination for an account that is none in the product's game."""
    category = product.category
    if category is None or not category.destination_fields:
        # Without a format, letters that look like others are all that can be refused.
        if not destination.isascii():
            raise NeedsDestination(field="destination")
        return
    fields = destinations.read_fields(category.destination_fields)
    account = destinations.split(destination, fields)
    if destinations.parse(account, fields, game=category.code) != account:
        raise destinations.BadDestination(field="destination")
    number_checks.require_operator(product, account)
