"""Reading levels, movements, alerts and purchases."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from catalog.models import Product
from catalog.states import ProductKind
from inventory.codes.index import Keys
from inventory.models import (
    BreakerEvent,
    PriceChange,
    Purchase,
    PurchaseAttempt,
    PurchaseEvent,
    StockAlert,
    StockBatch,
    StockDraft,
    StockItem,
    StockMovement,
    SupplierAccount,
    SupplierProduct,
)
from inventory.states import ItemStatus, PriceChangeKind, PurchaseStatus
from ppob.kit.db import prepared_cursor


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


_WELL_STOCKED = """
SELECT NOT EXISTS (
    SELECT FROM inventory_stockalert
    WHERE tenant_id = %(tenant)s AND product_id = %(product)s AND resolved_at IS NULL
) AND %(minimum)s < (
    SELECT count(*) FROM (
        SELECT FROM inventory_stockitem
        WHERE tenant_id = %(tenant)s AND product_id = %(product)s AND status = 'free'
        LIMIT %(minimum)s + 1
    ) AS enough
)
"""


def is_well_stocked(product: Product) -> bool:
    """Whether more codes than the minimum are free, and no alert says otherwise.

    Reads no more codes than the minimum, however many there are.
    """
    values = {
        "tenant": product.tenant_id,
        "product": product.pk,
        "minimum": product.minimum_stock,
    }
    with prepared_cursor() as cursor:
        cursor.execute(_WELL_STOCKED, values)
        (answer,) = cursor.fetchone()
    return bool(answer)


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


def count_open_alerts() -> int:
    """How many products need stock now."""
    return StockAlert.objects.filter(resolved_at=None).count()


def purchases_of(holders: Iterable[UUID]) -> list[Purchase]:
    """The purchases for these order lines, by line and unit."""
    return list(
        Purchase.objects.filter(holder__in=list(holders)).order_by("holder", "unit_no")
    )


def list_stalled_purchases() -> list[Purchase]:
    """Purchases that wait for their owner's decision, the most urgent first."""
    return list(
        Purchase.objects.filter(status=PurchaseStatus.NEEDS_OWNER)
        .select_related("product")
        .order_by("due_at", "pk")
    )


def list_discrepancies() -> list[PurchaseAttempt]:
    """Attempts about which a supplier contradicted itself, nobody dealt with yet."""
    return list(
        PurchaseAttempt.objects.filter(discrepancy_noted_at=None)
        .exclude(discrepancy="")
        .select_related("purchase__product", "account")
        .order_by("discrepancy_at", "pk")
    )


def evidence(purchase: Purchase) -> tuple[list[PurchaseAttempt], list[PurchaseEvent]]:
    """Everything that is known about a purchase: its attempts and its history."""
    attempts = PurchaseAttempt.objects.filter(purchase=purchase)
    events = PurchaseEvent.objects.filter(purchase=purchase)
    return list(attempts.select_related("account").order_by("pk")), list(
        events.order_by("pk")
    )


def troubled_accounts(*, limit: int = 100) -> list[SupplierAccount]:
    """Supplier accounts that need a person, those who wait longest first."""
    return list(
        SupplierAccount.objects.exclude(trouble="")
        .defer(*_SUPPLIER_SECRETS)
        .order_by("trouble_at", "pk")[:limit]
    )


def list_suppliers() -> list[SupplierAccount]:
    """The store's accounts at suppliers, in the order in which they are tried."""
    return list(
        SupplierAccount.objects.defer(*_SUPPLIER_SECRETS).order_by("position", "pk")
    )


def list_breaker_events(
    account: SupplierAccount, *, limit: int = 20
) -> list[BreakerEvent]:
    """When a supplier fell silent and came back, the newest first."""
    events = BreakerEvent.objects.filter(account=account)
    return list(events.order_by("-at", "-pk")[:limit])


@dataclass(frozen=True)
class GoodsFilter:
    """Which lines of a price list are wanted: words, a brand, sold here or not."""

    search: str = ""
    brand: str = ""
    is_mapped: bool | None = None


def list_goods(
    account: SupplierAccount,
    wanted: GoodsFilter,
    *,
    after: int | None = None,
    limit: int = 50,
) -> list[SupplierProduct]:
    """Lines of a supplier's price list, by brand and cost; `after` continues there."""
    found = _goods(account, wanted)
    last = SupplierProduct.objects.filter(account=account, pk=after or 0).first()
    if last is not None:
        brand, cost, pk = last.brand, last.cost, last.pk
        found = found.filter(
            Q(brand__gt=brand)
            | Q(brand=brand, cost__gt=cost)
            | Q(brand=brand, cost=cost, pk__gt=pk)
        )
    ordered = found.select_related("product").order_by("brand", "cost", "pk")
    return list(ordered[:limit])


def list_price_changes(
    account: SupplierAccount,
    *,
    kind: PriceChangeKind | None = None,
    search: str = "",
    before: int | None = None,
    limit: int = 100,
) -> list[PriceChange]:
    """What an account's price lists changed, newest first; `before` continues there."""
    found: QuerySet[PriceChange] = PriceChange.objects.filter(account=account)
    if kind is not None:
        found = found.filter(kind=kind)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(sku__iexact=search))
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


def sold_as(account: SupplierAccount, skus: Iterable[str]) -> dict[str, Product]:
    """Which products of the store lines of a price list are, by the supplier's code."""
    sold = SupplierProduct.objects.filter(
        account=account, sku__in=list(skus), product__isnull=False
    )
    return {each.sku: each.product for each in sold.select_related("product")}


def find_goods(account: SupplierAccount, pk: int) -> SupplierProduct | None:
    """The line of this account's price list with our row's id, or None."""
    found: SupplierProduct | None = (
        SupplierProduct.objects.filter(account=account, pk=pk)
        .select_related("account", "product")
        .first()
    )
    return found


def find_top_up(pk: int) -> Product | None:
    """The store's top-up with our row's id, or None."""
    found: Product | None = (
        Product.objects.filter(pk=pk, kind=ProductKind.TOPUP, archived_at=None)
        .select_related("category")
        .first()
    )
    return found


def mapped_products(account: SupplierAccount) -> set[int]:
    """The products that an account serves already (our rows' ids)."""
    served = SupplierProduct.objects.filter(account=account, product__isnull=False)
    return set(served.values_list("product_id", flat=True))


def brands_of(account: SupplierAccount) -> list[str]:
    """The brands on a supplier's price list, by name."""
    names = SupplierProduct.objects.filter(account=account).exclude(brand="")
    return list(names.order_by("brand").values_list("brand", flat=True).distinct())


def _goods(account: SupplierAccount, wanted: GoodsFilter) -> QuerySet[SupplierProduct]:
    found: QuerySet[SupplierProduct] = SupplierProduct.objects.filter(account=account)
    if wanted.brand:
        found = found.filter(brand=wanted.brand)
    if wanted.is_mapped is not None:
        found = found.filter(product__isnull=not wanted.is_mapped)
    if wanted.search:
        found = found.filter(
            Q(name__icontains=wanted.search) | Q(sku__iexact=wanted.search)
        )
    return found


_SUPPLIER_SECRETS = ("credentials", "api_key", "webhook_secret")


# --- Codes and uploads ----------------------------------------------------------------


def find_draft(public_id: UUID, *, actor: str, now: datetime) -> StockDraft | None:
    """This person's upload that waits to be kept."""
    draft: StockDraft | None = (
        StockDraft.objects.select_related("product")
        .filter(public_id=public_id, actor=actor, expires_at__gt=now)
        .filter(product__archived_at=None)
        .first()
    )
    return draft


def list_drafts(product: Product, *, actor: str, now: datetime) -> list[StockDraft]:
    """This person's uploads for the product that wait to be kept."""
    return list(
        StockDraft.objects.filter(product=product, actor=actor, expires_at__gt=now)
        .defer("table")
        .order_by("-pk")
    )


def list_items(
    product: Product,
    *,
    status: ItemStatus | None = None,
    batch: StockBatch | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[StockItem]:
    """A product's codes, newest first; `before` continues after that id."""
    items: QuerySet[StockItem] = StockItem.objects.filter(product=product)
    if status is not None:
        items = items.filter(status=status)
    if batch is not None:
        items = items.filter(batch=batch)
    if before is not None:
        items = items.filter(pk__lt=before)
    return list(items.select_related("batch").order_by("-pk")[:limit])


def find_items(keys: Keys) -> list[StockItem]:
    """Every code of the store that is this one, in whichever product, newest first."""
    same = Q(fold_hash=keys.folded, index_version__gte=1) | Q(
        code_hash__in={keys.exact, keys.raw}, index_version=0
    )
    found = StockItem.objects.filter(same).select_related("product", "batch")
    return [
        item
        for item in found.order_by("-pk")[:200]
        if item.code_hash in (keys.exact, keys.raw)
    ]


def list_batches(
    product: Product, *, before: int | None = None, limit: int = 20
) -> list[StockBatch]:
    """A product's uploads, newest first; `before` continues after that id."""
    batches: QuerySet[StockBatch] = StockBatch.objects.filter(product=product)
    if before is not None:
        batches = batches.filter(pk__lt=before)
    return list(batches.order_by("-pk")[:limit])


def count_by_status(batches: Iterable[StockBatch]) -> dict[int, dict[str, int]]:
    """Where the codes of these uploads stand now."""
    wanted = list(batches)
    counts: dict[int, dict[str, int]] = {batch.pk: {} for batch in wanted}
    rows = (
        StockItem.objects.filter(
            product__in={batch.product_id for batch in wanted}, batch__in=counts
        )
        .order_by()
        .values_list("batch_id", "status")
        .annotate(Count("pk"))
    )
    for batch_id, status, count in rows:
        counts[batch_id][status] = count
    return counts
