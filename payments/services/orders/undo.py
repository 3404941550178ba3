"""Paid top-ups of which no supplier has heard: taken back, or given back when late."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from inventory.models import Purchase
from inventory.services import saved_destinations
from inventory.services.purchases import AlreadyBought, OutcomeUnclear
from payments import locks
from payments.models import Order, OrderLine
from payments.services import refunds
from payments.services.ledger.policy import find_policy
from payments.states import OrderStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, NotFound
from tenants.models import Customer

ACTOR = "job:payments.give_back_late"


class TooLateToUndo(Conflict):
    """The supplier has been asked already; what it does cannot be taken back."""

    code = "TOO_LATE_TO_UNDO"
    default = _(
        "Too late: the supplier already has this order. It cannot be taken back; you "
        "are told here as soon as it is done."
    )


def ends_at(line: OrderLine, order: Order) -> datetime | None:
    """Until when a buyer can take a paid top-up back; None where there is no wait."""
    if order.paid_at is None:
        return None
    secs = secs_to_undo(
        customer_id=order.customer_id,
        category_id=line.product.category_id,
        destination=line.destination,
    )
    return order.paid_at + timedelta(seconds=secs) if secs else None


def secs_to_undo(*, customer_id: int, category_id: int | None, destination: str) -> int:
    """For how long after payment (seconds) a buyer can take such an order back.

    0 for an account that a top-up has reached before: it needs no second thought.
    """
    secs: int = find_policy().undo_secs
    is_known = secs > 0 and saved_destinations.has_worked(
        customer_id=customer_id, category_id=category_id, destination=destination
    )
    return 0 if is_known else secs


def give_back_late(*, purchase_id: int, now: datetime) -> bool:
    """Give the money of a late top-up back that reached no supplier.

    False where the store would not, or a supplier has it by now.
    """
    try:
        with unit_of_work("payments.give_back_late"):
            line = OrderLine.objects.filter(
                public_id__in=Purchase.objects.filter(pk=purchase_id).values("holder")
            ).first()
            if line is None or not find_policy().late_refund:
                return False
            order = locks.lock_order(line.order_id)
            if order.status not in (OrderStatus.PAID, OrderStatus.DELIVERING):
                return False
            refunds.refund_undeliverable(order, actor=ACTOR, now=now)
    except (OutcomeUnclear, AlreadyBought):
        return False
    return True


def take_back(*, customer: Customer, order_id: int, now: datetime) -> Order:
    """Undo the buyer's own paid top-up: no supplier hears of it, the money is theirs.

    Taking it back twice is once. Raises TooLateToUndo once a supplier was asked, and
    NotFound for anybody else's order or one without a top-up.
    """
    try:
        with unit_of_work("payments.take_back"):
            order = locks.lock_order(order_id)
            lines = OrderLine.objects.filter(order=order)
            # Codes are in the buyer's hands as soon as they are paid.
            if order.customer_id != customer.pk or not all(
                line.cost_ceiling for line in lines
            ):
                raise NotFound
            if order.status in (OrderStatus.REFUNDING, OrderStatus.REFUNDED):
                return order
            if order.status not in (OrderStatus.PAID, OrderStatus.DELIVERING):
                raise TooLateToUndo
            refunds.refund_undeliverable(order, actor=customer.actor, now=now)
    except Order.DoesNotExist:  # another store's, or nobody's
        raise NotFound from None
    except (OutcomeUnclear, AlreadyBought):
        raise TooLateToUndo from None
    return order
