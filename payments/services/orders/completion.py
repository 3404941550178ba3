"""The end of a good sale: the buyer is content and may say how much."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.models import Order, Review
from payments.services import transitions
from payments.states import OrderStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput, NotFound
from tenants.models import Customer

MAX_TEXT = 500


class AlreadyReviewed(Conflict):
    """An order is reviewed once."""

    code = "ALREADY_REVIEWED"
    default = _("You have rated this order already. Thank you!")


def complete_order(*, order_id: int, actor: str, now: datetime) -> Order:
    """Close a delivered order; one that is completed stays as it is."""
    with unit_of_work("payments.complete_order"):
        order = locks.lock_order(order_id)
        if order.status != OrderStatus.COMPLETED:
            transitions.move_order(order, OrderStatus.COMPLETED, actor=actor, now=now)
    return order


def leave_review(
    *, customer: Customer, order_id: int, stars: int, now: datetime, text: str = ""
) -> Review:
    """The buyer's one to five stars for their own delivered order; completes it.

    Raises InvalidInput, NotFound (somebody else's order) or AlreadyReviewed.
    """
    if not 1 <= stars <= 5:
        raise InvalidInput(_("Give one to five stars."), field="stars")
    if len(text) > MAX_TEXT:
        raise InvalidInput(
            _("Write at most %(most)d characters.") % {"most": MAX_TEXT}, field="text"
        )
    with unit_of_work("payments.leave_review"):
        order = _own_delivered_order(customer, order_id)
        # Under the order's lock: the second of two presses finds the first one's stars.
        if Review.objects.filter(order=order).exists():
            raise AlreadyReviewed
        review: Review = Review.objects.create(
            order=order,
            customer=customer,
            stars=stars,
            text=text.strip(),
            created_at=now,
        )
        if order.status == OrderStatus.DELIVERED:
            transitions.move_order(
                order, OrderStatus.COMPLETED, actor=customer.actor, now=now
            )
    return review


def _own_delivered_order(customer: Customer, order_id: int) -> Order:
    try:
        order = locks.lock_order(order_id)
    except Order.DoesNotExist:
        raise NotFound from None
    is_delivered = order.status in (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
    if order.customer_id != customer.pk or not is_delivered:
        raise NotFound
    return order
