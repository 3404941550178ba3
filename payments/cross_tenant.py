"""Questions across stores: whose callback this is, and which rows are due."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from inventory.models import Purchase
from inventory.states import OPEN_PURCHASES
from payments.models import Deposit, MoneyPolicy, Order, Payment, PaymentMethod
from payments.states import (
    ENDED_UNPAID,
    OPEN_PAYMENTS,
    DepositStatus,
    OrderStatus,
)
from security.cross_tenant import list_due_events
from security.states import Trouble

Due = tuple[int, int]  # tenant id, row id


def find_method_owner(public_id: UUID, *, gateway: str) -> int | None:
    """The id of the store whose payment method this is."""
    return (
        PaymentMethod.across_tenants.filter(public_id=public_id, gateway=gateway)
        .values_list("tenant_id", flat=True)
        .first()
    )


def due_inbox_events(*, source: str, now: datetime, limit: int = 200) -> list[Due]:
    """Callbacks that wait to be worked on, each store's oldest first, store by store.

    A store with many that fail does not keep the others' waiting.
    """
    return list_due_events(source=source, now=now, limit=limit)


def stores_without_late_refund() -> QuerySet[MoneyPolicy, Any]:
    """The ids of the stores that give no late top-up back by themselves."""
    return MoneyPolicy.across_tenants.filter(late_refund=False).values("tenant_id")


def methods_without_keys(*, limit: int = 500) -> list[Due]:
    """Ways to pay whose keys did not work, those who wait longest first."""
    return list(
        PaymentMethod.across_tenants.filter(trouble=Trouble.KEYS)
        .order_by("trouble_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def due_expiries(*, now: datetime, limit: int = 500) -> list[Due]:
    """Unpaid orders whose deadline passed, oldest first."""
    return list(
        Order.across_tenants.filter(
            status=OrderStatus.AWAITING_PAYMENT, expires_at__lte=now
        )
        .order_by("expires_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def due_refunds(*, before: datetime, limit: int = 200) -> list[Due]:
    """Orders that were paid before `before` and still wait for their goods."""
    return list(
        Order.across_tenants.filter(
            status__in=[OrderStatus.PAID, OrderStatus.DELIVERING], paid_at__lte=before
        )
        .order_by("paid_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def due_deposit_expiries(*, now: datetime, limit: int = 500) -> list[Due]:
    """Deposits that wait for money and whose deadline passed, oldest first."""
    return list(
        Deposit.across_tenants.filter(
            status=DepositStatus.AWAITING_PAYMENT, expires_at__lte=now
        )
        .order_by("expires_at")
        .values_list("tenant_id", "pk")[:limit]
    )


def due_deliveries(*, before: datetime, limit: int = 500) -> list[Due]:
    """Orders paid before `before` that can go on, oldest first.

    They wait for their goods, or for a top-up whose purchase has been settled.
    """
    is_settled = Purchase.across_tenants.filter(
        holder=OuterRef("lines__public_id")
    ).exclude(status__in=OPEN_PURCHASES)
    paid = Order.across_tenants.filter(status=OrderStatus.PAID, paid_at__lte=before)
    under_way = Order.across_tenants.filter(
        Exists(is_settled), status=OrderStatus.DELIVERING, paid_at__lte=before
    )
    return [
        due
        for orders in (paid, under_way)
        for due in orders.order_by("paid_at").values_list("tenant_id", "pk")[:limit]
    ]


def due_checks(
    *,
    open_before: datetime,
    ended_before: datetime,
    ended_after: datetime,
    limit: int = 200,
) -> list[Due]:
    """Gateway payments that should be asked about, the longest unasked first.

    Open ones not asked since `open_before`. Ones that ended after `ended_after` and
    were not asked since `ended_before`: money may still arrive on those.
    """
    automatic = Payment.across_tenants.exclude(
        method__gateway__in=["manual", "balance"]
    )
    still_open = automatic.filter(status__in=OPEN_PAYMENTS, created_at__lte=open_before)
    asked_long_ago = still_open.filter(checked_at__lte=open_before)
    never_asked = still_open.filter(checked_at=None)
    ended = automatic.filter(
        status__in=ENDED_UNPAID,
        expires_at__gte=ended_after,
        checked_at__lte=ended_before,
    )
    # Three questions with an index each: asked as one, all payments are read.
    columns = ("checked_at", "tenant_id", "pk")
    asked, again, never = (
        list(due.order_by("checked_at").values_list(*columns)[:limit])
        for due in (asked_long_ago, ended, never_asked)
    )
    ordered = [*sorted([*asked, *again], key=lambda row: row[0]), *never]
    return [(tenant_id, pk) for _checked_at, tenant_id, pk in ordered[:limit]]


def stores_to_release(*, before: datetime) -> list[int]:
    """Stores with unique amounts nobody needs since `before`, by id."""
    return list(
        Payment.across_tenants.filter(reserves_amount=True, expires_at__lt=before)
        .exclude(status__in=OPEN_PAYMENTS)
        .order_by("tenant_id")
        .values_list("tenant_id", flat=True)
        .distinct()
    )
