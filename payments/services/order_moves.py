"""The one place where an order's status changes."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments.models import Order, OrderEvent, OrderLine
from payments.signals import order_changed
from payments.states import ORDER_MOVES, OrderStatus
from ppob.kit import live
from ppob.kit.db import require_transaction
from ppob.kit.errors import Conflict
from ppob.kit.moves import move_row
from ppob.kit.rows import insert_rows, insert_with

_TIMES = {
    OrderStatus.PAID: "paid_at",
    OrderStatus.DELIVERED: "delivered_at",
    OrderStatus.COMPLETED: "completed_at",
}


class IllegalMove(Conflict):
    """The order is not where this step starts from; nothing was changed."""

    code = "ILLEGAL_MOVE"
    default = _("This order has moved on in the meantime.")


def move_order(
    order: Order,
    target: OrderStatus,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
) -> Order:
    """Move the order on, note who did it, and tell the apps above.

    The row itself decides: if it is no longer where `order` says, or the move is not in
    the table, IllegalMove is raised. Returns the order as it is now.
    """
    require_transaction()
    source = OrderStatus(order.status)
    changes: dict[str, object] = {"status": target}
    if target in _TIMES:
        changes[_TIMES[target]] = now
    event = _event(order, source, target, actor=actor, now=now, reason=reason)
    moved = target in ORDER_MOVES[source] and move_row(
        order, event, source=source, changes=changes
    )
    if not moved:
        raise IllegalMove
    for name, value in changes.items():
        setattr(order, name, value)
    _announce(order, source, target)
    return order


def give_birth(order: Order, line: OrderLine, *, actor: str, now: datetime) -> None:
    """Write a new order, its line and its first event down, and announce it."""
    require_transaction()
    target = OrderStatus(order.status)
    event = _event(order, None, target, actor=actor, now=now, reason="")
    insert_with(order, line, event, column="order_id")
    _announce(order, None, target)


def record_change(order: Order, *, actor: str, reason: str, now: datetime) -> None:
    """Write down that a locked order became another one where it is, and announce it.

    `reason` says what changed, as `1 → 3` pieces. Nobody above is told: no step of the
    order's way was taken.
    """
    require_transaction()
    stays = OrderStatus(order.status)
    insert_rows([_event(order, stays, stays, actor=actor, now=now, reason=reason)])
    live.announce(order.tenant_id, "orders", order=str(order.public_id))


def _event(
    order: Order,
    source: OrderStatus | None,
    target: OrderStatus,
    *,
    actor: str,
    now: datetime,
    reason: str,
) -> OrderEvent:
    return OrderEvent(
        tenant_id=order.tenant_id,
        order_id=order.pk,
        source=source.value if source else "",
        target=target.value,
        actor=actor,
        reason=reason[:120],
        at=now,
    )


def _announce(order: Order, source: OrderStatus | None, target: OrderStatus) -> None:
    order_changed.send(
        Order, tenant_id=order.tenant_id, order=order, source=source, target=target
    )
    live.announce(order.tenant_id, "orders", order=str(order.public_id))
