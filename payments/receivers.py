"""Reactions to facts from below, and of one part of a sale to another's."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from inventory.models import Purchase
from inventory.signals import purchase_settled
from payments.models import Order, OrderLine
from payments.services.orders import allocations
from payments.signals import order_changed
from payments.states import OrderStatus
from ppob.kit import jobs


@receiver(purchase_settled)
def go_on_with_the_order(*, purchase: Purchase, tenant_id: int, **_: Any) -> None:
    """A top-up was bought, or certainly not: its order can go on."""
    order_id = (
        OrderLine.objects.filter(public_id=purchase.holder)
        .values_list("order_id", flat=True)
        .first()
    )
    if order_id is not None:
        jobs.enqueue("payments.deliver_order", tenant_id=tenant_id, order_id=order_id)


@receiver(order_changed)
def let_others_buy(
    *, order: Order, target: OrderStatus, actor: str, now: datetime, **_: Any
) -> None:
    """The money of an order that was not delivered goes back: so do its codes."""
    if target == OrderStatus.REFUNDING:
        allocations.release_codes(order, actor=actor, now=now)
