"""What a refund will do, and whether one person may say so: read before it is asked."""

from dataclasses import dataclass
from datetime import datetime

from payments.models import Order
from payments.services.ledger.policy import approval_limits
from payments.services.refunds import refund_split
from payments.services.refunds.refund_split import Part
from payments.states import OrderStatus, RefundTo

UNDELIVERED = (OrderStatus.PAID, OrderStatus.DELIVERING)


@dataclass(frozen=True)
class RefundPlan:
    """Where each rupiah goes. `limit` is what one person gives back of one order."""

    parts: list[Part]
    limit: int
    needs_second_person: bool
    is_undelivered: bool
    ends_order: bool

    @property
    def to_pay(self) -> int:
        """What somebody has to send back by hand (rupiah)."""
        return sum(part.amount for part in self.parts if part.to == RefundTo.SOURCE)


def make_plan(order: Order, amount: int, to: RefundTo, *, now: datetime) -> RefundPlan:
    """What giving `amount` rupiah of this order back would do at this moment."""
    limit = approval_limits(now=now).refund
    is_undelivered = order.status in UNDELIVERED
    return RefundPlan(
        parts=refund_split.split(order, amount, to, now=now),
        limit=limit,
        needs_second_person=is_too_much_for_one(order, amount, limit=limit),
        is_undelivered=is_undelivered,
        ends_order=is_undelivered and order.refunded + amount == order.total,
    )


def is_too_much_for_one(order: Order, amount: int, *, limit: int) -> bool:
    """Whether one person may not give `amount` back (rupiah).

    All that was ever given back of the order counts together: no second refund of a
    half gets past what the whole would not.
    """
    return order.refunded + amount > limit
