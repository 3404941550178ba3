"""Reactions to facts from below and from the inventory itself."""

from catalog.events import ProductChanged
from inventory.events import StockChanged
from ppob.kit import jobs
from ppob.kit.events import receives

CHECK_AFTER_SECS = 1.0  # the checks of a product that sells fast are one


@receives(StockChanged, ProductChanged)
def check_alert(event: StockChanged | ProductChanged) -> None:
    """A worker compares the stock with its minimum, outside the sale's transaction."""
    jobs.enqueue_soon(
        "inventory.check_alert",
        secs=CHECK_AFTER_SECS,
        tenant_id=event.tenant_id,
        product_id=event.product_id,
    )
