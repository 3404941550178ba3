"""Reading levels, movements and alerts."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet, Sum

from catalog.models import Product
from inventory.models import StockAlert, StockItem, StockMovement
from inventory.states import ItemStatus


def available(product_ids: Iterable[int]) -> dict[int, int]:
    """How many codes of each product can be bought now; 0 for unknown products."""
    wanted = list(product_ids)
    counts = dict(
        StockItem.objects.filter(product_id__in=wanted, status=ItemStatus.FREE)
        .order_by()
        .values_list("product_id")
        .annotate(Count("pk"))
    )
    return {product_id: counts.get(product_id, 0) for product_id in wanted}


def on_hand(product_ids: Iterable[int]) -> dict[int, int]:
    """How many codes of each product are not sold yet, held ones included."""
    wanted = list(product_ids)
    counts = dict(
        StockItem.objects.filter(
            product_id__in=wanted, status__in=[ItemStatus.FREE, ItemStatus.HELD]
        )
        .order_by()
        .values_list("product_id")
        .annotate(Count("pk"))
    )
    return {product_id: counts.get(product_id, 0) for product_id in wanted}


def moved(product_id: int) -> dict[str, int]:
    """The sums of a product's movements: what the levels must equal."""
    sums = StockMovement.objects.filter(product_id=product_id).aggregate(
        available=Sum("available"), on_hand=Sum("on_hand")
    )
    return {name: total or 0 for name, total in sums.items()}


def newest_movement_id() -> int:
    """The id of the store's last stock movement; it grows with every change."""
    newest = StockMovement.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def list_movements(
    product: Product, *, before: int | None = None, limit: int = 50
) -> list[StockMovement]:
    """A product's movements, newest first; `before` continues after that id."""
    movements: QuerySet[StockMovement] = StockMovement.objects.filter(product=product)
    if before is not None:
        movements = movements.filter(pk__lt=before)
    return list(movements.order_by("-pk")[:limit])


def list_open_alerts() -> list[StockAlert]:
    """Products that need stock now, the most urgent first."""
    return list(
        StockAlert.objects.filter(resolved_at=None)
        .select_related("product")
        .order_by("available", "pk")
    )
