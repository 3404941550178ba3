"""What workers do for the inventory."""

from celery import shared_task

from inventory import platform
from inventory.services import alerts, holds
from ppob.kit import clock
from tenants.jobs import sweep, tenant_job


@tenant_job("inventory.check_alert")
def check_alert(product_id: int) -> None:
    """Raise, change or resolve the alert of one product."""
    alerts.check_product(product_id=product_id, now=clock.now())


@shared_task(name="inventory.sweep_alerts")
def sweep_alerts() -> None:
    """Check every product that moved lately: a lost message costs half a minute."""
    now = clock.now()
    sweep(
        platform.products_moved_since(now - platform.RECENT),
        lambda product_id: alerts.check_product(product_id=product_id, now=now),
        what="Alert of product",
    )


@shared_task(name="inventory.release_expired_holds")
def release_expired_holds() -> None:
    """Give back what is held beyond its deadline."""
    now = clock.now()
    sweep(
        platform.due_holds(before=now - holds.GRACE),
        lambda hold_id: holds.release_expired(hold_id=hold_id, now=now),
        what="Release of hold",
    )
