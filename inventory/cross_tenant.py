"""Questions across stores: which holds, alerts and purchases are due, and whose."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.functions import Coalesce, Greatest

from catalog.models import Product
from catalog.states import ProductKind
from inventory.codes.normal import INDEX_VERSION
from inventory.models import (
    AccountCheck,
    BillInquiry,
    Hold,
    PriceChange,
    Purchase,
    PurchaseAttempt,
    StockDraft,
    StockItem,
    StockMovement,
    SupplierAccount,
)
from inventory.states import (
    LIVE_ATTEMPTS,
    OPEN_PURCHASES,
    AttemptStatus,
    Breaker,
    HoldStatus,
    InquiryStatus,
    PurchaseStatus,
)
from security.cross_tenant import list_due_events
from security.states import Trouble
from tenants.states import TenantStatus

Due = tuple[int, int]  # tenant id, row id
RECENT = timedelta(minutes=10)


def due_holds(*, before: datetime, limit: int = 500) -> list[Due]:
    """Active holds whose deadline passed before `before`, oldest first."""
    return list(
        Hold.across_tenants.filter(status=HoldStatus.ACTIVE, expires_at__lte=before)
        .order_by("expires_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def products_moved_since(since: datetime) -> list[Due]:
    """Code products whose stock or settings changed since then."""
    movements = StockMovement.across_tenants.filter(at__gte=since).order_by()
    moved = list(movements.values_list("product_id", flat=True).distinct())
    products = Product.across_tenants.filter(kind=ProductKind.CODE, archived_at=None)
    # Asked as one question, all products are read.
    either = (products.filter(pk__in=moved), products.filter(updated_at__gte=since))
    found = {due for rows in either for due in rows.values_list("tenant_id", "pk")}
    return sorted(found, key=lambda due: due[1])


def due_drafts(*, before: datetime, limit: int = 500) -> list[Due]:
    """Uploads nobody kept in time, oldest first."""
    return list(
        StockDraft.across_tenants.filter(expires_at__lte=before)
        .order_by("expires_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def stores_with_old_checks(*, before: datetime) -> list[tuple[int, int]]:
    """Stores whose buyers named accounts before then, and how many."""
    return list(
        AccountCheck.across_tenants.filter(checked_at__lte=before)
        .order_by("tenant_id")
        .values_list("tenant_id")
        .annotate(Count("pk"))
    )


def stores_with_open_inquiries(
    *, asked_before: datetime, forget_before: datetime
) -> list[tuple[int, int]]:
    """Stores with questions about bills that may have to end, and how many."""
    waiting = Q(
        status__in=[InquiryStatus.ASKED, InquiryStatus.ANSWERED],
        asked_at__lte=asked_before,
    )
    return list(
        BillInquiry.across_tenants.filter(
            waiting | Q(holder=None, asked_at__lte=forget_before)
        )
        .order_by("tenant_id")
        .values_list("tenant_id")
        .annotate(Count("pk"))
    )


def stores_to_index() -> list[tuple[int, int]]:
    """Stores with codes that have no index of today's form, and how many."""
    return list(
        StockItem.across_tenants.filter(index_version__in=range(INDEX_VERSION))
        .order_by("tenant_id")
        .values_list("tenant_id")
        .annotate(Count("pk"))
    )


def due_attempts(*, now: datetime, limit: int = 200) -> list[Due]:
    """Attempts to be sent, or asked about, the longest due first."""
    return list(
        PurchaseAttempt.across_tenants.filter(status__in=LIVE_ATTEMPTS, due_at__lte=now)
        .order_by("due_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def due_purchases(*, now: datetime, limit: int = 200) -> list[Due]:
    """Purchases that are open for too long, oldest first."""
    return list(
        Purchase.across_tenants.filter(status=PurchaseStatus.OPEN, due_at__lte=now)
        .order_by("due_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def late_purchases(*, now: datetime, limit: int = 200) -> list[Due]:
    """Open purchases whose promise is over and was not noticed yet, oldest first."""
    return list(
        Purchase.across_tenants.filter(
            status__in=OPEN_PURCHASES, late_at=None, promised_at__lte=now
        )
        .order_by("promised_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def unsent_purchases(
    *, now: datetime, but_of: QuerySet[Any], limit: int = 200
) -> list[Due]:
    """Late purchases that reached nobody within twice their promise, oldest first.

    Those of the stores `but_of` (their ids) wait for a person, and must not keep others
    waiting.
    """
    sent = PurchaseAttempt.across_tenants.filter(purchase=OuterRef("pk")).exclude(
        status__in=[AttemptStatus.QUEUED, AttemptStatus.FAILED]
    )
    begins = Greatest(F("created_at"), Coalesce(F("starts_at"), F("created_at")))
    twice = F("promised_at") + (F("promised_at") - begins)
    return list(
        Purchase.across_tenants.filter(
            ~Exists(sent), status__in=OPEN_PURCHASES, late_at__isnull=False
        )
        .exclude(tenant_id__in=but_of)
        .annotate(twice=ExpressionWrapper(twice, output_field=DateTimeField()))
        .filter(twice__lte=now)
        .order_by("promised_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def purchases_without_supplier(*, now: datetime, limit: int = 200) -> list[Due]:
    """Open purchases that nobody is trying to make, oldest first."""
    tried = PurchaseAttempt.across_tenants.filter(
        purchase=OuterRef("pk"), status__in=LIVE_ATTEMPTS
    )
    return list(
        Purchase.across_tenants.filter(~Exists(tried), status=PurchaseStatus.OPEN)
        .filter(due_at__gt=now)
        .order_by("due_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def find_account_owner(public_id: UUID, *, kind: str) -> int | None:
    """The id of the store whose supplier account this is."""
    return (
        SupplierAccount.across_tenants.filter(public_id=public_id, kind=kind)
        .values_list("tenant_id", flat=True)
        .first()
    )


def due_supplier_events(*, source: str, now: datetime, limit: int = 200) -> list[Due]:
    """Suppliers' callbacks that wait to be worked on, store by store."""
    return list_due_events(source=source, now=now, limit=limit)


def accounts_without_keys(*, limit: int = 500) -> list[Due]:
    """Supplier accounts whose keys did not work, those who wait longest first."""
    return list(
        SupplierAccount.across_tenants.filter(trouble=Trouble.KEYS)
        .order_by("trouble_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def accounts_to_probe(*, now: datetime, limit: int = 200) -> list[Due]:
    """Supplier accounts in use that are out of order and may be back, longest first."""
    return list(
        SupplierAccount.across_tenants.exclude(breaker=Breaker.CLOSED)
        .filter(probe_at__lte=now, is_active=True)
        .order_by("probe_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def accounts_without_bills(*, kinds: Collection[str], before: datetime) -> set[Due]:
    """Accounts of these suppliers whose bills were not read since, but their goods."""
    return set(
        SupplierAccount.across_tenants.filter(
            Q(bills_at=None) | Q(bills_at__lte=before),
            kind__in=kinds,
            prices_at__isnull=False,
        ).values_list("tenant_id", "pk")
    )


def active_accounts() -> list[Due]:
    """Supplier accounts that new purchases may go to, in stores that may sell."""
    return list(
        SupplierAccount.across_tenants.filter(
            is_active=True, tenant__status=TenantStatus.ACTIVE
        )
        .order_by("pk")
        .values_list("tenant_id", "pk")
    )


def stores_with_deposits() -> list[tuple[int, int]]:
    """Stores that may sell and have deposits that were read, and how many."""
    return list(
        SupplierAccount.across_tenants.filter(
            is_active=True, deposit__isnull=False, tenant__status=TenantStatus.ACTIVE
        )
        .order_by("tenant_id")
        .values_list("tenant_id")
        .annotate(Count("pk"))
    )


def stores_with_old_changes(*, before: datetime) -> list[tuple[int, int]]:
    """Stores whose price lists changed before then, and in how many rows."""
    return list(
        PriceChange.across_tenants.filter(at__lte=before)
        .order_by("tenant_id")
        .values_list("tenant_id")
        .annotate(Count("pk"))
    )
