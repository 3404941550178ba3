"""Reactions to facts from below."""

from typing import Any

from django.dispatch import receiver

from inventory.models import Purchase
from inventory.signals import purchase_settled
from payments.models import OrderLine
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
