"""The moment an order counts as paid."""

from datetime import datetime

from catalog.states import ProductKind
from inventory.services import stock
from payments.models import Order, OrderLine
from payments.services import checkout, order_moves, reservations
from payments.states import OrderStatus
from ppob.kit import jobs
from ppob.kit.db import require_transaction, savepoint

# An order in one of these still takes its money.
PAYABLE = (OrderStatus.AWAITING_PAYMENT, OrderStatus.EXPIRED, OrderStatus.CANCELLED)


def pay_order(order: Order, *, share: int, actor: str, now: datetime) -> bool:
    """Move a locked order to paid; False if its stock is gone, and nothing changed.

    `share` rupiah of the price are taken from the buyer's balance. An order that ended
    takes new codes, if there are any. Raises BalanceTooLow.
    """
    require_transaction()
    if not _secure_stock(order, actor=actor, now=now):
        return False
    if share or order.reserved:
        reservations.add_share(order, share, now=now)
    order_moves.move_order(order, OrderStatus.PAID, actor=actor, now=now)
    jobs.enqueue("payments.deliver_order", tenant_id=order.tenant_id, order_id=order.pk)
    return True


def _secure_stock(order: Order, *, actor: str, now: datetime) -> bool:
    """Keep the order's codes for its delivery; take new ones if they were released."""
    keep_until = now + checkout.PAID_HOLD
    holders = checkout.line_ids(order)
    if stock.extend_holds(holders, expires_at=keep_until) == len(holders):
        return True
    try:
        with savepoint():
            lines = OrderLine.objects.filter(order=order, kind=ProductKind.CODE)
            for line in lines.select_related("product"):
                stock.hold_items(
                    product=line.product,
                    quantity=line.quantity,
                    holder=line.public_id,
                    expires_at=keep_until,
                    actor=actor,
                    now=now,
                )
    except stock.OutOfStock:
        return False
    return True
