"""Reactions to facts from below and from the inventory itself."""

from typing import Any

from django.dispatch import receiver

from catalog.signals import product_changed
from inventory.signals import stock_changed
from ppob.kit import jobs

CHECK_AFTER_SECS = 1.0  # the checks of a product that sells fast are one


@receiver(stock_changed, dispatch_uid="inventory.alerts.stock")
@receiver(product_changed, dispatch_uid="inventory.alerts.product")
def check_alert(tenant_id: int, product_id: int, **kwargs: Any) -> None:
    """A worker compares the stock with its minimum, outside the sale's transaction."""
    jobs.enqueue_soon(
        "inventory.check_alert",
        secs=CHECK_AFTER_SECS,
        tenant_id=tenant_id,
        product_id=product_id,
    )
