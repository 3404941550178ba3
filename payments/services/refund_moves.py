"""The one place where a refund's status changes."""

from datetime import datetime
from typing import Any

from payments.models import Order, Refund, RefundEvent
from payments.services import order_moves
from payments.services.order_moves import IllegalMove
from payments.signals import refund_changed
from payments.states import REFUND_MOVES, OrderStatus, RefundStatus
from ppob.kit import live
from ppob.kit.db import require_transaction


def move_refund(
    refund: Refund, target: RefundStatus, *, actor: str, now: datetime, **fields: Any
) -> Refund:
    """Move the refund on together with other columns, or raise IllegalMove."""
    require_transaction()
    source = RefundStatus(refund.status)
    if target == RefundStatus.DONE:
        fields.setdefault("done_at", now)
    moved = target in REFUND_MOVES[source] and Refund.objects.filter(
        pk=refund.pk, status=source
    ).update(status=target, **fields)
    if not moved:
        raise IllegalMove
    for name, value in {"status": target, **fields}.items():
        setattr(refund, name, value)
    record_event(refund, source=source, target=target, actor=actor, now=now)
    return refund


def finish_refund(
    refund: Refund, order: Order, *, note: str, actor: str, now: datetime
) -> None:
    """The money is where it was to go; with the last of it a locked order is over."""
    move_refund(refund, RefundStatus.DONE, actor=actor, now=now, note=note, due_at=None)
    is_over = (
        order.status == OrderStatus.REFUNDING
        and not Refund.objects.filter(
            order=order, status=RefundStatus.PAYING_OUT
        ).exists()
    )
    if is_over:
        order_moves.move_order(order, OrderStatus.REFUNDED, actor=actor, now=now)


def record_event(
    refund: Refund,
    *,
    source: RefundStatus | None,
    target: RefundStatus,
    actor: str,
    now: datetime,
) -> None:
    """Write down a move (or the refund's birth) and announce it."""
    require_transaction()
    RefundEvent.objects.create(
        tenant_id=refund.tenant_id,
        refund_id=refund.pk,
        source=source.value if source else "",
        target=target.value,
        actor=actor,
        at=now,
    )
    refund_changed.send(
        Refund, tenant_id=refund.tenant_id, refund=refund, source=source, target=target
    )
    live.announce(refund.tenant_id, "money", refund=str(refund.public_id))
