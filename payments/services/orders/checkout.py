"""From the press on Buy to an order that waits for its money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError

from catalog.states import ProductKind
from inventory.models import BillInquiry
from inventory.services import bills, serving, stock
from inventory.services.serving import Serving
from inventory.states import Obstacle
from payments import locks
from payments.models import Order, OrderAdjustment, OrderLine, PaymentMethod
from payments.services import transitions
from payments.services.incoming import charges
from payments.services.incoming.new_payments import RequestTaken
from payments.services.ledger import quotas
from payments.services.orders import allocations
from payments.services.orders.quote import (
    Adjustment,
    BillNotPayable,
    Item,
    NotForSale,
    NotServed,
    Quote,
    QuotedLine,
    make_quote,
)
from payments.states import OrderStatus
from ppob.kit import ids
from ppob.kit.db import unit_of_work
from ppob.kit.rows import find_row
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Customer
from tenants.permissions import Permission
from tenants.services.customers import BuyerBlocked
from tenants.services.suspension import StoreClosed

CODE_ATTEMPTS = 5


@dataclass(frozen=True)
class _Wish:
    items: Sequence[Item]
    adjustments: Sequence[Adjustment]
    request_key: str


def place_order(
    *,
    customer: Customer,
    items: Sequence[Item],
    request_key: str,
    now: datetime,
    method: PaymentMethod | None = None,
    adjustments: Sequence[Adjustment] = (),
) -> Order:
    """Order products and set them aside; the prices are those of this moment.

    Of codes the pieces are set aside, of top-ups and bills what they cost at a
    supplier.

    A top-up takes the destination that it goes to, and is ordered one at a time. The
    `adjustments` to the price are written down with the order. The same `request_key`
    finds the same order again. A bill takes the answer about it, which is then used up.
    With a `method` the payment row is made as well
    (`choose_method` then reaches the gateway). Raises OutOfStock, NotForSale,
    StoreClosed, BuyerBlocked, OverQuota, RequestTaken or InvalidInput; then nothing is
    kept.
    """
    wish = _Wish(items, adjustments, request_key)
    for _attempt in range(CODE_ATTEMPTS):
        try:
            with unit_of_work("payments.place_order"):
                return _place(customer, wish, method, now=now)
        except IntegrityError:
            # The request key was used before: the same click. Or another order drew
            # the same code: draw again.
            known = _find_own(request_key, customer)
            if known is not None:
                return known
        # The first press may have used up the quota, or the store closed since then:
        # the second one still gets its order.
        except (NotForSale, StoreClosed, BuyerBlocked, quotas.OverQuota):
            known = _find_own(request_key, customer)
            if known is None:
                raise
            return known
    raise RuntimeError("No free order code found; the alphabet is used up.")


def _place(
    customer: Customer, wish: _Wish, method: PaymentMethod | None, *, now: datetime
) -> Order:
    # Until a way to pay is chosen; then its own length counts.
    hold = timedelta(seconds=method.hold_secs) if method else charges.CHOOSING
    quote = make_quote(
        wish.items,
        customer=customer,
        adjustments=wish.adjustments,
        valid_until=now + hold,
        now=now,
    )
    # The buyer is locked from here on: presses at once are counted one by one.
    _admit(customer, quote, method, now=now)
    order = Order(
        tenant_id=customer.tenant_id,
        code=ids.new_code(),
        request_key=wish.request_key,
        customer=customer,
        total=quote.total,
        created_at=now,
        expires_at=quote.valid_until,
        latest_at=quote.latest,
    )
    lines = [_line_of(order, line) for line in quote.lines]
    # Before stock is taken: a repeated press collides with its request key here and
    # sets no codes aside.
    transitions.create_order(
        order,
        *lines,
        *(_adjustment_of(order, each) for each in quote.adjustments),
        actor=customer.actor,
        now=now,
    )
    for line in lines:
        if line.kind == ProductKind.CODE:
            stock.hold_items(
                product=line.product,
                quantity=line.quantity,
                holder=line.public_id,
                expires_at=order.expires_at,
                actor=customer.actor,
                now=now,
            )
    if method is not None:
        charges.open_payment(order, method, now=now)
    # Last of all: from here to the commit others wait who buy at the same supplier.
    for line, quoted in zip(lines, quote.lines, strict=True):
        if line.kind == ProductKind.TOPUP:
            _reserve(line, now=now)
        elif quoted.inquiry is not None:
            _use(line, quoted.inquiry, customer, now=now)
    return order


def _use(
    line: OrderLine, inquiry: BillInquiry, customer: Customer, *, now: datetime
) -> None:
    """Use the answer about a bill up for this line, or raise why it cannot be."""
    try:
        bills.use(
            inquiry_id=inquiry.pk, customer=customer, holder=line.public_id, now=now
        )
    except bills.BillIsOver:
        raise BillNotPayable from None
    except bills.DepositTooLow:
        raise NotServed(Serving(Obstacle.NO_DEPOSIT)) from None


def _reserve(line: OrderLine, *, now: datetime) -> None:
    """Set the cost of a top-up aside at a supplier, or raise NotServed."""
    found = serving.reserve_best(
        line.product,
        destination=line.destination,
        ceiling=line.cost_ceiling or line.unit_price,
        holder=line.public_id,
        now=now,
    )
    if not found.is_possible:
        raise NotServed(found)


def _line_of(order: Order, line: QuotedLine) -> OrderLine:
    return OrderLine(
        tenant_id=order.tenant_id,
        product=line.product,
        kind=line.product.kind,
        destination=line.destination,
        destination_name=line.destination_name,
        product_name=line.product.name,
        quantity=line.quantity,
        unit_price=line.unit_price,
        unit_cost=line.unit_cost,
        reduction=line.reduction,
        cost_ceiling=line.cost_ceiling,
    )


def _adjustment_of(order: Order, adjustment: Adjustment) -> OrderAdjustment:
    return OrderAdjustment(
        tenant_id=order.tenant_id,
        kind=adjustment.kind,
        source=adjustment.source,
        label=adjustment.label,
        amount=adjustment.amount,
    )


def _admit(
    customer: Customer, quote: Quote, method: PaymentMethod | None, *, now: datetime
) -> None:
    """Raise unless the store sells, to this buyer, this much more."""
    standing = locks.lock_standing(customer.pk)
    if not standing.is_store_open:
        raise StoreClosed
    if standing.is_blocked:
        raise BuyerBlocked
    usage = quotas.count_usage(customer.pk, now=now)
    quotas.check_new_order(usage, quantity=quote.pieces)
    if method is not None and method.uses_unique_code:
        quotas.check_new_amount(usage)


def _find_own(request_key: str, customer: Customer) -> Order | None:
    """The order of this very click, if there is one."""
    order = find_row(Order, request_key=request_key)
    if order is not None and order.customer_id != customer.pk:
        raise RequestTaken
    return order


def cancel_order(*, order_id: int, actor: str, now: datetime) -> Order:
    """End an order that is not paid yet, for its buyer, and give its codes back.

    Money that arrives anyway is treated like late money. Raises IllegalMove when the
    order has been paid or ended in the meantime.
    """
    with unit_of_work("payments.cancel_order"):
        order = locks.lock_order(order_id)
        end_unpaid(
            order, OrderStatus.CANCELLED, actor=actor, now=now, reason="cancelled"
        )
    return order


def cancel_for_buyer(*, actor: Actor, order_id: int, now: datetime) -> Order:
    """The same by the store's staff, which the change history says.

    Raises IllegalMove, or NotAllowed.
    """
    require(actor, Permission.CONFIRM_PAYMENTS)
    with unit_of_work("payments.cancel_for_buyer"):
        order = cancel_order(order_id=order_id, actor=actor.name, now=now)
        audit.record(
            actor=actor.name,
            action="order.cancelled",
            object=f"order:{order.public_id}",
            now=now,
        )
    return order


def end_unpaid(
    order: Order, target: OrderStatus, *, actor: str, now: datetime, reason: str
) -> Order:
    """Move a locked, unpaid order to its end: what it holds is given back."""
    # The table decides before anything is given back.
    transitions.ORDERS.require(order, target)
    allocations.release(order, actor=actor, now=now)
    return transitions.move_order(order, target, actor=actor, now=now, reason=reason)
