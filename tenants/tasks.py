"""What workers do for stores."""

from celery import shared_task

from ppob.kit import clock
from tenants.services import health


@shared_task(name="tenants.prove_health")
def prove_health() -> None:
    """Prove of every store that its books, orders and codes agree."""
    health.prove_stores(now=clock.now())
