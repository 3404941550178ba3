"""Buyers, as each store knows them."""

from datetime import datetime

from ppob.kit.db import unit_of_work
from ppob.kit.i18n import language_of
from tenants.models import Customer


def remember(
    *,
    discord_id: int,
    username: str,
    display_name: str,
    locale: str | None,
    now: datetime,
) -> Customer:
    """The store's record of this Discord user, made or brought up to date."""
    fields = {
        "username": username[:64],
        "display_name": display_name[:64],
        "language": language_of(locale),
    }
    with unit_of_work("tenants.remember_customer"):
        Customer.objects.bulk_create(
            [Customer(discord_id=discord_id, created_at=now, **fields)],
            ignore_conflicts=True,
        )
        customer: Customer = Customer.objects.get(discord_id=discord_id)
        changed = [
            name for name, value in fields.items() if getattr(customer, name) != value
        ]
        if changed:
            for name in changed:
                setattr(customer, name, fields[name])
            customer.save(update_fields=changed)
    return customer
