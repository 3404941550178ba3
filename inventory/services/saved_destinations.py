"""Accounts that a buyer has topped up before: kept, offered again, trusted later."""

from datetime import datetime

from inventory.models import Purchase, SavedDestination
from ppob.kit.db import require_transaction, unit_of_work
from tenants.models import Customer

MOST_OFFERED = 24  # Discord's menus have 25 lines, one is for another account


def remember(
    *,
    customer: Customer,
    category_id: int | None,
    destination: str,
    name: str,
    now: datetime,
) -> None:
    """Keep an account that the buyer ordered for; a newer name replaces an older."""
    with unit_of_work("inventory.remember_destination"):
        SavedDestination.objects.bulk_create(
            [
                SavedDestination(
                    tenant_id=customer.tenant_id,
                    customer=customer,
                    category_id=category_id,
                    destination=destination,
                    name=name,
                    used_at=now,
                )
            ],
            update_conflicts=True,
            unique_fields=["tenant", "customer", "category", "destination"],
            update_fields=["name", "used_at"],
        )


def list_saved(
    *, customer: Customer, category_id: int | None
) -> list[SavedDestination]:
    """The buyer's accounts in this game, the last used first."""
    found = SavedDestination.objects.filter(customer=customer, category_id=category_id)
    return list(found.order_by("-used_at", "-pk")[:MOST_OFFERED])


def has_worked(*, customer_id: int, category_id: int | None, destination: str) -> bool:
    """Whether a top-up of this buyer has reached the account before."""
    return SavedDestination.objects.filter(
        customer_id=customer_id,
        category_id=category_id,
        destination=destination,
        worked_at__isnull=False,
    ).exists()


def note_worked(purchase: Purchase, *, customer_id: int, now: datetime) -> None:
    """A top-up arrived there. Part of the caller's transaction."""
    require_transaction()
    SavedDestination.objects.filter(
        customer_id=customer_id,
        category_id=purchase.product.category_id,
        destination=purchase.destination,
    ).update(worked_at=now)
