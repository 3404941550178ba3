"""Questions across stores: which holds and alerts are due."""

from datetime import datetime, timedelta

from catalog.models import Product
from catalog.states import ProductKind
from inventory.models import Hold, StockMovement
from inventory.states import HoldStatus

Due = tuple[int, int]  # tenant id, row id


def due_holds(*, before: datetime, limit: int = 500) -> list[Due]:
    """Active holds whose deadline passed before `before`, oldest first."""
    return list(
        Hold.across_tenants.filter(status=HoldStatus.ACTIVE, expires_at__lte=before)
        .order_by("expires_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def products_moved_since(since: datetime) -> list[Due]:
    """Code products whose stock or settings changed since then."""
    moved = StockMovement.across_tenants.filter(at__gte=since).values("product_id")
    products = Product.across_tenants.filter(kind=ProductKind.CODE, archived_at=None)
    return list(
        (products.filter(pk__in=moved) | products.filter(updated_at__gte=since))
        .order_by("pk")
        .values_list("tenant_id", "pk")
        .distinct()
    )


RECENT = timedelta(minutes=10)
