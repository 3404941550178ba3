"""Another quantity for an order that nobody has begun to pay.

The order stays the same one, with the price, the code and the deadline it had: only how
many pieces it is about changes, and with it what price rules take off. Once a way to
pay was chosen somebody may be paying the amount that was shown, so from then on the
quantity is fixed.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.pricing import Goods, Priced
from catalog.states import ProductKind
from inventory import selectors as inventory
from inventory.services import stock
from payments import locks
from payments.models import Order, OrderAdjustment, OrderEvent, OrderLine, Payment
from payments.services import transitions
from payments.services.incoming import charges
from payments.services.ledger import quotas
from payments.services.orders import allocations, buyer_prices
from payments.services.orders.quote import (
    MAX_QUANTITY,
    NotForSale,
    require_quantity,
)
from payments.states import BY_RULES, AdjustmentKind, OrderStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from ppob.kit.i18n import filled
from ppob.kit.rows import find_rows, get_row, insert_rows
from tenants.services.customers import BuyerBlocked
from tenants.services.suspension import StoreClosed

MOST_CHANGES = 20  # of one order; each gives its codes back and takes others


class QuantityFixed(Conflict):
    """The quantity of this order does not change any more."""

    code = "QUANTITY_FIXED"
    default = _(
        "You have already chosen how to pay, so the quantity is fixed. To order "
        "another quantity, cancel this order and press Buy again."
    )


class TooManyChanges(Conflict):
    """The quantity of this order was changed again and again."""

    code = "TOO_MANY_CHANGES"
    default = _(
        "You changed the quantity of this order very often. Please pay it as it is, or "
        "cancel it and order again."
    )


@dataclass(frozen=True)
class Choice:
    """An order whose quantity can be changed: its line, and the most it can have."""

    order: Order
    line: OrderLine
    most: int


@dataclass(frozen=True)
class Changed:
    """An order after the choice; `is_new` unless it had this quantity already."""

    order: Order
    line: OrderLine
    is_new: bool


def choice_of(order: Order, *, now: datetime) -> Choice:
    """What can be chosen for an order now.

    Raises OrderNotPayable, QuantityFixed, or InvalidInput for a top-up.
    """
    line = _changeable(order, now=now)
    free = inventory.available([line.product_id])[line.product_id]
    return Choice(order, line, min(MAX_QUANTITY, line.quantity + free))


def totals_of(choice: Choice, *, now: datetime) -> list[int]:
    """What 1, 2, … up to the most pieces of the order would cost its buyer (rupiah)."""
    product = get_row(Product, id=choice.line.product_id)
    prices = buyer_prices.read_prices(choice.order.customer, [product], now=now)
    goods = _goods(choice.line)
    return [
        prices.of_goods(product, goods, quantity).total
        for quantity in range(1, choice.most + 1)
    ]


def may_choose(order: Order, *, now: datetime) -> bool:
    """Whether there is another quantity to choose for this order."""
    try:
        return choice_of(order, now=now).most > 1
    except (Conflict, InvalidInput):
        return False


def choose_quantity(
    *, order_id: int, quantity: int, actor: str, now: datetime
) -> Changed:
    """Make the order one of `quantity` pieces, at the price it was placed for.

    Price rules count as they are now: `totals_of` says what they make of it. The same
    quantity again changes nothing. Raises OrderNotPayable, QuantityFixed, OutOfStock,
    NotForSale, StoreClosed, BuyerBlocked, OverQuota, TooManyChanges or InvalidInput;
    then the order is as it was.
    """
    require_quantity(quantity)
    try:
        with unit_of_work("payments.choose_quantity"):
            order = locks.lock_order(order_id)
            line = _changeable(order, now=now)
            is_new = line.quantity != quantity
            if is_new:
                _change(order, line, quantity, actor=actor, now=now)
    # Outside the transaction: the codes given back for it are the order's again.
    except stock.OutOfStock:
        raise _too_few(order_id) from None
    return Changed(order, line, is_new)


def _changeable(order: Order, *, now: datetime) -> OrderLine:
    """The only line of an order that waits and that nobody has begun to pay."""
    if order.status != OrderStatus.AWAITING_PAYMENT or order.expires_at <= now:
        raise charges.OrderNotPayable
    line, *more = find_rows(OrderLine, order_id=order.pk)
    if more or order.total != line.price:
        # A voucher was agreed for these pieces; price rules say what others cost.
        raise QuantityFixed(
            _("The quantity of this order is fixed. Cancel it and order again.")
        )
    if line.kind != ProductKind.CODE:
        raise InvalidInput(_("Top-ups are ordered one at a time."), field="quantity")
    if order.reserved or Payment.objects.filter(order=order).exists():
        raise QuantityFixed
    return line


def _change(
    order: Order, line: OrderLine, quantity: int, *, actor: str, now: datetime
) -> None:
    product = get_row(Product, id=line.product_id)
    more = quantity - line.quantity
    _admit(order, more=more, now=now)
    if more > 0 and (not product.is_active or product.archived_at is not None):
        raise NotForSale
    # All are given back and taken anew: a line has one hold, of exactly its quantity.
    allocations.release_goods(order, actor=actor, now=now)
    stock.hold_items(
        product=product,
        quantity=quantity,
        holder=line.public_id,
        expires_at=order.expires_at,
        actor=actor,
        now=now,
    )
    earlier, line.quantity = line.quantity, quantity
    prices = buyer_prices.read_prices(order.customer, [product], now=now)
    _take_off(order, line, prices.of_goods(product, _goods(line), quantity))
    order.total = line.price
    Order.objects.filter(pk=order.pk).update(total=order.total)
    transitions.record_change(
        order, actor=actor, reason=f"{earlier} → {quantity}", now=now
    )


def _goods(line: OrderLine) -> Goods:
    """The line's product at the price and cost of when the order was placed."""
    return Goods(price=line.unit_price, cost=line.unit_cost)


def _take_off(order: Order, line: OrderLine, priced: Priced) -> None:
    """Write down the quantity, and what price rules take off so many pieces."""
    if line.reduction:
        OrderAdjustment.objects.filter(order=order, kind__in=BY_RULES).delete()
    line.reduction = priced.reduction
    OrderLine.objects.filter(pk=line.pk).update(
        quantity=line.quantity, reduction=line.reduction
    )
    if priced.rule is not None:
        taken_off = OrderAdjustment(
            order=order,
            kind=AdjustmentKind(priced.rule.kind.value),
            source=priced.rule.source,
            label=priced.rule.label,
            amount=-priced.reduction,
        )
        insert_rows([taken_off])


def _admit(order: Order, *, more: int, now: datetime) -> None:
    """Raise unless the store sells, to this buyer, this many more pieces."""
    standing = locks.lock_standing(order.customer_id)
    if not standing.is_store_open:
        raise StoreClosed
    if standing.is_blocked:
        raise BuyerBlocked
    quotas.check_pieces(quotas.count_usage(order.customer_id, now=now), more=more)
    stayed = OrderEvent.objects.filter(
        order=order, source=OrderStatus.AWAITING_PAYMENT, target=order.status
    )
    if stayed.count() >= MOST_CHANGES:
        raise TooManyChanges


def _too_few(order_id: int) -> stock.OutOfStock:
    """The refusal, with what can be had at this moment."""
    [line] = find_rows(OrderLine, order_id=order_id)
    free = inventory.available([line.product_id])[line.product_id]
    return stock.OutOfStock(
        filled(
            _(
                "There are not that many left: you can have up to %(most)d. Your order "
                "is as it was."
            ),
            most=min(MAX_QUANTITY, line.quantity + free),
        )
    )
