"""Reading orders, methods and money; lists are paged by key, never counted."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Min, QuerySet, Sum

from payments.models import Delivery, Order, Payment, PaymentMethod, UnmatchedMoney
from payments.states import (
    OPEN_PAYMENTS,
    MethodKind,
    OrderStatus,
    UnmatchedStatus,
)
from tenants.models import Customer

_SOLD = (
    OrderStatus.PAID,
    OrderStatus.DELIVERING,
    OrderStatus.DELIVERED,
    OrderStatus.COMPLETED,
)


def active_methods() -> list[PaymentMethod]:
    """The ways to bring money in that the store offers, in its order."""
    return [method for method in list_methods() if method.is_active]


def list_methods() -> list[PaymentMethod]:
    """All ways to bring money in, those switched off included; no balance."""
    return list(
        PaymentMethod.objects.exclude(kind=MethodKind.BALANCE)
        .defer("credentials")
        .order_by("position", "pk")
    )


def orders_of(
    customer: Customer, *, limit: int = 10, before: int | None = None
) -> list[Order]:
    """A buyer's own newest orders with lines; `before` continues after that id."""
    orders = Order.objects.filter(customer=customer)
    if before is not None:
        orders = orders.filter(pk__lt=before)
    return list(orders.prefetch_related("lines").order_by("-pk")[:limit])


def first_revealed(order_ids: Sequence[int]) -> dict[int, datetime]:
    """When the buyers of these orders first looked at their codes; unseen ones lack."""
    rows = (
        Delivery.objects.filter(line__order_id__in=order_ids)
        .exclude(first_revealed_at=None)
        .values("line__order_id")
        .annotate(first=Min("first_revealed_at"))
    )
    return {row["line__order_id"]: row["first"] for row in rows}


def order_page(
    *, status: str = "", search: str = "", before: int | None = None, limit: int = 50
) -> list[Order]:
    """The store's orders, newest first; `before` continues after that id.

    `search` matches an order code or the start of a buyer's name.
    """
    orders: QuerySet[Order] = Order.objects.select_related("customer")
    if status:
        orders = orders.filter(status=status)
    if before is not None:
        orders = orders.filter(pk__lt=before)
    if search:
        code = search.lstrip("#").upper()
        orders = orders.filter(code=code) | orders.filter(
            customer__username__istartswith=search
        )
    return list(orders.prefetch_related("lines").order_by("-pk")[:limit])


def order_details(order: Order) -> Order:
    """The order with lines, events, payments, deliveries and review loaded."""
    details: Order = (
        Order.objects.select_related("customer")
        .prefetch_related("lines__deliveries", "events", "payments__method", "reviews")
        .get(pk=order.pk)
    )
    return details


def find_open_payment(order_id: int) -> Payment | None:
    """The payment that waits for this order's money, with its method."""
    return (
        Payment.objects.select_related("method")
        .filter(order_id=order_id, status__in=OPEN_PAYMENTS)
        .first()
    )


def transfers_to_confirm(*, limit: int = 50) -> list[Payment]:
    """Open bank transfers, those whose buyer says “paid” first."""
    return list(
        Payment.objects.filter(method__gateway="manual", status__in=OPEN_PAYMENTS)
        .select_related("order__customer", "method")
        .order_by("buyer_says_paid_at", "pk")[:limit]
    )


def open_unmatched(*, limit: int = 100) -> list[UnmatchedMoney]:
    """Money that waits for the seller's decision, oldest first."""
    return list(
        UnmatchedMoney.objects.filter(status=UnmatchedStatus.OPEN)
        .select_related("payment__order__customer", "payment__method")
        .order_by("pk")[:limit]
    )


def count_orders_since(start: datetime) -> int:
    """How many orders were placed since `start`."""
    return Order.objects.filter(created_at__gte=start).count()


def income_since(start: datetime) -> int:
    """What was sold and paid since `start` (rupiah)."""
    total = Order.objects.filter(status__in=_SOLD, paid_at__gte=start).aggregate(
        total=Sum("total")
    )["total"]
    return total or 0
