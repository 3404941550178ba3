"""Row locks of the inventory: holds by key, then items; purchase, then attempt."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from catalog.models import Product
from inventory.models import Hold, Purchase, PurchaseAttempt, StockAlert
from inventory.states import LIVE_ATTEMPTS, HoldStatus

# Near-oldest from one of 16 buckets: buyers of a hot product don't queue at one row.
_TAKE = """
WITH picked AS (
    SELECT id FROM inventory_stockitem
    WHERE product_id = %(product)s AND status = 'free'
      AND (%(bucket)s IS NULL OR bucket = %(bucket)s)
    ORDER BY bucket, id
    LIMIT %(quantity)s
    FOR UPDATE SKIP LOCKED
)
UPDATE inventory_stockitem AS item SET status = 'held', holder = %(holder)s
FROM picked WHERE item.id = picked.id
RETURNING item.id
"""


def take_free_items(
    *, product_id: int, quantity: int, holder: UUID, bucket: int | None
) -> int:
    """Set up to `quantity` free codes aside for `holder`; how many it got.

    The lock and the change are one statement. Codes that another transaction is taking
    right now are skipped, not waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            {
                "product": product_id,
                "bucket": bucket,
                "quantity": quantity,
                "holder": holder,
            },
        )
        return len(cursor.fetchall())


_SELL = """
UPDATE inventory_stockitem SET status = 'sold'
WHERE holder = %(holder)s AND status = 'held'
RETURNING public_id
"""


def sell_held_items(holder: UUID) -> list[UUID]:
    """Turn all codes held for this line into sold ones; their public ids, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_SELL, {"holder": holder})
        return sorted(row[0] for row in cursor.fetchall())


def lock_uploads(product_id: int) -> None:
    """Let one upload at a time compare its codes with the product's; sales go on."""
    Product.objects.select_for_update(of=("self",), no_key=True).get(pk=product_id)


def overdue_hold(hold_id: int, *, before: datetime) -> Hold | None:
    """The hold, locked, if it is active and its deadline passed before `before`."""
    return (
        Hold.objects.filter(
            pk=hold_id, status=HoldStatus.ACTIVE, expires_at__lte=before
        )
        .select_for_update(of=("self",))
        .first()
    )


def active_holds(holders: list[UUID]) -> QuerySet[Hold]:
    """The holds of these lines that are still active, locked."""
    return (
        Hold.objects.filter(holder__in=holders, status=HoldStatus.ACTIVE)
        .order_by("pk")
        .select_for_update(of=("self",))
    )


def open_alert(product_id: int) -> StockAlert | None:
    """The product's open alert, locked."""
    return (
        StockAlert.objects.filter(product_id=product_id, resolved_at=None)
        .select_for_update(of=("self",))
        .first()
    )


def lock_purchase(purchase_id: int) -> Purchase:
    """The purchase, locked; raises Purchase.DoesNotExist for other stores' ones."""
    purchase: Purchase = Purchase.objects.select_for_update(of=("self",)).get(
        pk=purchase_id
    )
    return purchase


def lock_attempt(attempt_id: int) -> PurchaseAttempt:
    """The attempt with its account and its purchase, both locked, purchase first."""
    purchase: Purchase = Purchase.objects.select_for_update(of=("self",)).get(
        attempts=attempt_id
    )
    attempt: PurchaseAttempt = (
        PurchaseAttempt.objects.select_related("account")
        .select_for_update(of=("self",))
        .get(pk=attempt_id)
    )
    attempt.purchase = purchase
    return attempt


def live_attempt(purchase: Purchase) -> PurchaseAttempt | None:
    """The purchase's attempt that is not over, locked. Lock the purchase before."""
    attempt: PurchaseAttempt | None = (
        PurchaseAttempt.objects.select_related("account")
        .filter(purchase=purchase, status__in=LIVE_ATTEMPTS)
        .select_for_update(of=("self",))
        .first()
    )
    if attempt is not None:
        attempt.purchase = purchase
    return attempt
