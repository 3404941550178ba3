"""Row locks of the inventory: holds by key, then items; purchase, then attempt."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from inventory.codes.normal import INDEX_VERSION
from inventory.models import (
    BillInquiry,
    Hold,
    Purchase,
    PurchaseAttempt,
    StockAlert,
    StockBatch,
    StockDraft,
    StockItem,
    SupplierAccount,
    SupplierProduct,
)
from inventory.states import LIVE_ATTEMPTS, AttemptStatus, HoldStatus, ItemStatus
from ppob.kit import scope
from ppob.kit.db import prepared_cursor


@dataclass(frozen=True)
class HoldRequest:
    """Codes to set aside: of which product, for which order line, until when."""

    tenant: int
    product: int
    quantity: int
    holder: UUID
    expires_at: datetime
    actor: str
    now: datetime


# Near-oldest from one of 16 buckets: buyers of a hot product don't queue at one row.
# The hold and the movement are written once all pieces are taken. Two statements, with
# and without the bucket: so the server's lasting plan can use the index in both.
_TAKE = """
WITH picked AS (
    SELECT id FROM inventory_stockitem
    WHERE tenant_id = %(tenant)s AND product_id = %(product)s AND status = 'free'
      {of_bucket}
    ORDER BY bucket, id
    LIMIT %(missing)s
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE inventory_stockitem AS item SET status = 'held', holder = %(holder)s
    FROM picked WHERE item.id = picked.id AND item.tenant_id = %(tenant)s
    RETURNING item.id
), hold AS (
    INSERT INTO inventory_hold
        (tenant_id, holder, product_id, quantity, status, expires_at, created_at)
    SELECT %(tenant)s, %(holder)s, %(product)s, %(quantity)s, 'active',
        %(expires_at)s, %(now)s
    WHERE (SELECT count(*) FROM taken) = %(missing)s
), movement AS (
    INSERT INTO inventory_stockmovement
        (tenant_id, product_id, kind, available, on_hand, holder, actor, at)
    SELECT %(tenant)s, %(product)s, 'held', -%(quantity)s, 0, %(holder)s, %(actor)s,
        %(now)s
    WHERE (SELECT count(*) FROM taken) = %(missing)s
)
SELECT count(*) FROM taken
"""
_TAKE_ANY = _TAKE.format(of_bucket="")
_TAKE_OF_BUCKET = _TAKE.format(of_bucket="AND bucket = %(bucket)s")


def hold_free_items(request: HoldRequest, *, bucket: int | None, taken: int = 0) -> int:
    """Hold free codes for `request.holder`, besides the `taken` ones; how many more.

    Lock, change, hold and movement are one statement. Codes that another transaction is
    taking right now are skipped, not waited for. With fewer than wanted there is no
    hold yet: take the rest, or roll back.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            _TAKE_ANY if bucket is None else _TAKE_OF_BUCKET,
            {**vars(request), "bucket": bucket, "missing": request.quantity - taken},
        )
        return int(cursor.fetchone()[0])


# A batch that was withdrawn while its codes were held: they do not come back for sale.
# Its row is locked against the withdrawal, which locks it before it looks for codes:
# either the withdrawal finds the released code, or the release sees the withdrawal.
_RELEASE = """
WITH batch AS MATERIALIZED (
    SELECT id, withdrawn_at FROM inventory_stockbatch
    WHERE tenant_id = %(tenant)s AND id IN (
        SELECT batch_id FROM inventory_stockitem
        WHERE tenant_id = %(tenant)s AND holder = %(holder)s AND status = 'held'
    )
    ORDER BY id
    FOR SHARE
), withdrawn AS (
    SELECT id FROM batch WHERE withdrawn_at IS NOT NULL
), gone AS (
    UPDATE inventory_stockitem SET status = 'void', holder = NULL, aside_at = %(now)s
    WHERE tenant_id = %(tenant)s AND holder = %(holder)s AND status = 'held'
        AND batch_id IN (SELECT id FROM withdrawn)
    RETURNING id
), freed AS (
    UPDATE inventory_stockitem SET status = 'free', holder = NULL
    WHERE tenant_id = %(tenant)s AND holder = %(holder)s AND status = 'held'
        AND (batch_id IS NULL OR batch_id NOT IN (SELECT id FROM withdrawn))
    RETURNING id
)
SELECT (SELECT count(*) FROM freed), (SELECT count(*) FROM gone)
"""


def release_held_items(*, holder: UUID, now: datetime) -> tuple[int, int]:
    """Free the codes held for this line; how many, and how many were taken out instead.

    Taken out are those whose upload was withdrawn meanwhile.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            _RELEASE, {"tenant": scope.get_tenant_id(), "holder": holder, "now": now}
        )
        freed, gone = cursor.fetchone()
        return int(freed), int(gone)


# By hand: codes and movement are one round trip, however many pieces. Nothing sold
# leaves no movement, and the caller counts what came back.
_SELL = """
WITH sold AS (
    UPDATE inventory_stockitem SET status = 'sold'
    WHERE tenant_id = %(tenant)s AND holder = %(holder)s AND status = 'held'
    RETURNING public_id
), movement AS (
    INSERT INTO inventory_stockmovement
        (tenant_id, product_id, kind, available, on_hand, holder, actor, at)
    SELECT %(tenant)s, %(product)s, 'sold', 0, -count(*), %(holder)s, %(actor)s, %(now)s
    FROM sold HAVING count(*) > 0
)
SELECT public_id FROM sold
"""


def sell_held_items(
    *, tenant: int, product: int, holder: UUID, actor: str, now: datetime
) -> list[UUID]:
    """Turn all codes held for this line into sold ones; their public ids, in order.

    Codes and movement change in one statement.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            _SELL,
            {
                "tenant": tenant,
                "product": product,
                "holder": holder,
                "actor": actor,
                "now": now,
            },
        )
        return sorted(row[0] for row in cursor.fetchall())


def extend_active_holds(holders: list[UUID], *, expires_at: datetime) -> int:
    """Let no active hold of these lines end before `expires_at`; how many there are."""
    with prepared_cursor() as cursor:
        # The later end stays: two who extend at once take nothing from each other.
        cursor.execute(
            "UPDATE inventory_hold SET expires_at = greatest(expires_at, %s)"
            " WHERE tenant_id = %s AND holder = ANY(%s) AND status = 'active'",
            [expires_at, scope.get_tenant_id(), holders],
        )
        return int(cursor.rowcount)


def lock_uploads() -> None:
    """Let one upload at a time compare its codes with the store's; sales go on.

    No row is locked: a code may have its twin in any product, and nobody else waits.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"inventory.uploads:{scope.get_tenant_id()}"],
        )


def lock_draft(public_id: UUID, *, actor: str, now: datetime) -> StockDraft | None:
    """This person's draft, locked; None when it was kept, thrown away or is too old."""
    return (
        StockDraft.objects.select_related("product")
        .filter(public_id=public_id, actor=actor, expires_at__gt=now)
        .filter(product__archived_at=None)
        .select_for_update(of=("self",))
        .first()
    )


def lock_batch(batch_id: int) -> StockBatch:
    """The batch, locked: before its codes, as where codes are released."""
    # NO KEY waits for the FOR SHARE of a release, and not for new rows that refer to
    # the batch.
    batch: StockBatch = StockBatch.objects.select_for_update(
        of=("self",), no_key=True
    ).get(pk=batch_id)
    return batch


def items_to_move(
    items: QuerySet[StockItem], statuses: Collection[ItemStatus]
) -> list[StockItem]:
    """Those of the codes that have one of these statuses, locked in their order."""
    return list(
        items.filter(status__in=statuses)
        # Without the sealed code, which nobody here has to know.
        .only("pk", "tenant_id", "status", "product_id", "code_hash")
        .order_by("pk")
        .select_for_update(of=("self",))
    )


def lock_unsold_item(item_id: int) -> StockItem | None:
    """The code, locked, if it is nobody's: for sale, in quarantine or taken out."""
    return (
        StockItem.objects.filter(pk=item_id, holder=None)
        .select_for_update(of=("self",))
        .first()
    )


def unindexed_items(*, after: int, limit: int) -> list[StockItem]:
    """The next codes without an index of today's form, locked in their order.

    Those being sold at this moment are left for another time.
    """
    return list(
        StockItem.objects.filter(index_version__in=range(INDEX_VERSION), pk__gt=after)
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)[:limit]
    )


def lock_items(item_ids: list[int]) -> list[StockItem]:
    """These codes, locked in their order, without those being sold at this moment."""
    return list(
        StockItem.objects.filter(pk__in=item_ids)
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)
    )


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
    # The purchase first, as where one is given up or decided about: in the other order
    # the two would wait for each other.
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


def lock_supplier_account(account_id: int) -> SupplierAccount:
    """The account, locked; the last lock of who holds a purchase, too."""
    # NO KEY: new rows that refer to the account need not wait.
    account: SupplierAccount = SupplierAccount.objects.select_for_update(
        of=("self",), no_key=True
    ).get(pk=account_id)
    return account


def waiting_attempts(account: SupplierAccount, *, now: datetime) -> list[int]:
    """Attempts that were not let through to this account and wait; their rows' ids.

    Locked against the order, so without those that somebody is working on.
    """
    waiting = PurchaseAttempt.objects.filter(
        account=account, status=AttemptStatus.QUEUED, checks__gt=0, due_at__gt=now
    )
    locked = waiting.order_by("pk").select_for_update(of=("self",), skip_locked=True)
    return list(locked.values_list("pk", flat=True))


def lock_supplier_product(option: SupplierProduct) -> SupplierProduct | None:
    """One line of a price list as it is now, with its account and its product."""
    found: SupplierProduct | None = (
        SupplierProduct.objects.filter(pk=option.pk)
        .select_related("account", "product")
        .select_for_update(of=("self",))
        .first()
    )
    return found


def lock_unsold_goods(option_ids: Collection[int]) -> list[SupplierProduct]:
    """Those of these lines of price lists that can be bought and are no product yet."""
    return list(
        SupplierProduct.objects.filter(
            pk__in=option_ids, product=None, is_available=True
        )
        .select_related("account")
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def lock_inquiry(inquiry_id: int) -> BillInquiry | None:
    """The question about a bill, locked, with its account; after its purchase."""
    found: BillInquiry | None = (
        BillInquiry.objects.select_related("account")
        .filter(pk=inquiry_id)
        .select_for_update(of=("self",))
        .first()
    )
    return found
