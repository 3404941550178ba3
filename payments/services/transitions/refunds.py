"""Where a refund stands."""

from datetime import datetime

from payments.events import RefundMoved
from payments.models import Order, Refund, RefundEvent
from payments.services.transitions.orders import move_order
from payments.services.transitions.words import MOVED_ON
from payments.states import REFUND_TRANSITIONS, OrderStatus, RefundStatus
from ppob.kit import live
from ppob.kit.events import announce
from ppob.kit.machine import Machine, Transition


def _event(refund: Refund) -> RefundEvent:
    return RefundEvent(tenant_id=refund.tenant_id, refund_id=refund.pk)


def _announce(refund: Refund, step: Transition[RefundStatus]) -> None:
    announce(
        RefundMoved(refund.tenant_id, refund, source=step.source, target=step.target)
    )
    live.announce(refund.tenant_id, "money", refund=str(refund.public_id))


REFUNDS = Machine(
    model=Refund,
    table=REFUND_TRANSITIONS,
    event=_event,
    times={RefundStatus.DONE: "done_at"},
    announce=_announce,
    refusal=MOVED_ON,
)
move_refund = REFUNDS.move


def finish_refund(
    refund: Refund, order: Order, *, note: str, actor: str, now: datetime
) -> None:
    """The money is where it was to go; with the last of it a locked order is over."""
    move_refund(refund, RefundStatus.DONE, actor=actor, now=now, note=note, due_at=None)
    # Several refunds of an order may be on their way: only the last one ends it.
    is_over = (
        order.status == OrderStatus.REFUNDING
        and not Refund.objects.filter(
            order=order, status=RefundStatus.PAYING_OUT
        ).exists()
    )
    if is_over:
        move_order(order, OrderStatus.REFUNDED, actor=actor, now=now)
