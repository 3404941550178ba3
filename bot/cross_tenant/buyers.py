"""Where somebody has bought: for direct messages, where no server says the store."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q

from bot.cross_tenant.serving import Serving
from payments.models import Deposit, Order, Payment, UnmatchedMoney
from ppob.kit.tenant_rows import TenantRow
from tenants.models import Tenant

# What the ids in a button name, and the ways from there to the buyer.
_NAMED: dict[str, tuple[type[TenantRow], tuple[str, ...]]] = {
    "order": (Order, ("customer",)),
    "payment": (Payment, ("order__customer", "deposit__customer")),
    "deposit": (Deposit, ("customer",)),
    "money": (
        UnmatchedMoney,
        ("payment__order__customer", "payment__deposit__customer"),
    ),
}


@dataclass(frozen=True)
class BuyersStore:
    """A store in which somebody has bought."""

    tenant_id: int
    name: str


def list_stores_of_buyer(serving: Serving, *, buyer_id: int) -> list[BuyersStore]:
    """Where this Discord account has orders, by name: for their eyes alone."""
    tenant_ids = (
        Order.across_tenants.filter(serving.condition, customer__discord_id=buyer_id)
        .order_by()
        .values_list("tenant_id", flat=True)
        .distinct()
    )
    stores = Tenant.objects.using("platform").filter(pk__in=list(tenant_ids))
    named = stores.order_by("name", "pk").values_list("pk", "name")
    return [BuyersStore(*row) for row in named]


def _is_buyer_of(tenant_id: int, *, buyer_id: int) -> bool:
    known: bool = Order.across_tenants.filter(
        tenant_id=tenant_id, customer__discord_id=buyer_id
    ).exists()
    return known


def find_tenant(ids: Mapping[str, int], *, buyer_id: int) -> int | None:
    """Whose rows these are: for buttons in direct messages, where no server says it.

    `ids` are a button's, by name. They count only for their own buyer (`buyer_id` is
    Discord's): to anybody else they name nothing; no store gets to know that person.
    """
    if "store" in ids:
        is_theirs = _is_buyer_of(ids["store"], buyer_id=buyer_id)
        return ids["store"] if is_theirs else None
    for name, (model, ways) in _NAMED.items():
        if name not in ids:
            continue
        own = Q()
        for way in ways:
            own |= Q(**{f"{way}__discord_id": buyer_id})
        found: int | None = (
            model.across_tenants.filter(own, pk=ids[name])
            .values_list("tenant_id", flat=True)
            .first()
        )
        return found
    return None
