"""Reading orders, methods and money; lists are paged by key, never counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet, Sum

from payments.models import (
    Delivery,
    Deposit,
    Discrepancy,
    LedgerAccount,
    Order,
    OrderLine,
    Payment,
    PaymentMethod,
    Refund,
    UnmatchedMoney,
    UnreachedBuyer,
)
from payments.states import (
    OPEN_PAYMENTS,
    AccountKind,
    DepositStatus,
    DiscrepancyStatus,
    MethodKind,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    UnmatchedStatus,
    UnreachedStatus,
)
from tenants.models import Customer

FEW_BUYERS = 5_000  # whose ids go with the question: half of looking each one up
SOLD = (
    OrderStatus.PAID,
    OrderStatus.DELIVERING,
    OrderStatus.DELIVERED,
    OrderStatus.COMPLETED,
)


def active_methods() -> list[PaymentMethod]:
    """The ways to bring money in that the store offers, in its order.

    Where sales are real, those in test mode are not among them.
    """
    return [
        method for method in list_methods() if method.is_active and may_offer(method)
    ]


def takes_test_money() -> bool:
    """Whether test money pays for anything: only where everything is simulated."""
    return bool(settings.IS_SIMULATED)


def may_offer(method: PaymentMethod) -> bool:
    """Whether buyers may pay this way here: real money, or all of it is play."""
    return not method.is_test or takes_test_money()


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
    orders = orders.prefetch_related("lines")
    if not search:
        return list(orders.order_by("-pk")[:limit])
    # Two questions with an index each: asked as one, all orders are read.
    by_code = orders.filter(code=search.lstrip("#").upper())
    by_name = orders.filter(_of_buyers_named(search)).order_by("-pk")[:limit]
    found = {order.pk: order for order in (*by_code, *by_name)}
    return sorted(found.values(), key=lambda order: -order.pk)[:limit]


def _of_buyers_named(beginning: str) -> Q:
    """Orders of buyers whose name begins so.

    Many share a short beginning, and the newest orders soon come upon them; few are
    named, so that only their orders are read.
    """
    named = Customer.objects.filter(search_name__begins_capital=beginning)
    ids = list(named.values_list("pk", flat=True)[: FEW_BUYERS + 1])
    if len(ids) > FEW_BUYERS:
        return Q(customer__search_name__begins_capital=beginning)
    return Q(customer__in=ids)


def order_details(order: Order) -> Order:
    """The order with lines, events, payments, deliveries and review loaded."""
    details: Order = (
        Order.objects.select_related("customer")
        .prefetch_related(
            "lines__deliveries",
            "adjustments",
            "events",
            "payments__method",
            "payments__unmatched",
            "payments__receipts",
            "payments__reversals",
            "refunds__parts__payment__method",
            "reviews",
            "unreached",
        )
        .get(pk=order.pk)
    )
    return details


def find_purchase(public_id: UUID, *, discord_id: int | None) -> Order | None:
    """The order with its store and buyer, for the person who bought it alone."""
    if discord_id is None:
        return None
    order: Order | None = (
        Order.objects.select_related("customer", "tenant")
        .filter(public_id=public_id, customer__discord_id=discord_id)
        .first()
    )
    return order


def find_open_payment(order_id: int) -> Payment | None:
    """The payment that waits for this order's money, with its method."""
    return (
        Payment.objects.select_related("method")
        .filter(order_id=order_id, status__in=OPEN_PAYMENTS)
        .first()
    )


def transfers_to_confirm(*, limit: int = 50) -> list[Payment]:
    """Open transfers of orders and deposits, those whose buyer says “paid” first."""
    return list(
        _transfers()
        .filter(status__in=OPEN_PAYMENTS)
        .order_by("buyer_says_paid_at", "pk")[:limit]
    )


def late_transfers(*, after: datetime, limit: int = 50) -> list[Payment]:
    """Transfers that are not waited for though their buyer says they were made.

    They ran out since `after`, or were set aside for another way to pay. Those of which
    something was written down, and those of orders and deposits that got their money
    otherwise, are left out.
    """
    unpaid = Q(
        order__status__in=[
            OrderStatus.AWAITING_PAYMENT,
            OrderStatus.EXPIRED,
            OrderStatus.CANCELLED,
        ]
    ) | Q(deposit__status__in=[DepositStatus.EXPIRED, DepositStatus.CANCELLED])
    return list(
        _transfers()
        .filter(
            unpaid,
            status__in=[PaymentStatus.EXPIRED, PaymentStatus.SET_ASIDE],
            expires_at__gte=after,
            buyer_says_paid_at__isnull=False,
            receipts__isnull=True,
        )
        .order_by("pk")[:limit]
    )


def _transfers() -> QuerySet[Payment]:
    """Transfers with what they are for and what came of them already."""
    transfers: QuerySet[Payment] = Payment.objects.filter(method__gateway="manual")
    return transfers.select_related(
        "order__customer", "deposit__customer", "method"
    ).prefetch_related("receipts")


def deposits_of(customer: Customer, *, limit: int = 10) -> list[Deposit]:
    """A buyer's newest top-ups with their payments and what came for them."""
    return list(
        Deposit.objects.filter(customer=customer)
        .prefetch_related("payments__method", "payments__receipts")
        .order_by("-pk")[:limit]
    )


def open_discrepancies(*, limit: int = 100) -> list[Discrepancy]:
    """Contradicting news of gateways that nobody has decided about, oldest first."""
    return list(
        Discrepancy.objects.filter(status=DiscrepancyStatus.OPEN)
        .select_related(
            "payment__order__customer", "payment__deposit__customer", "payment__method"
        )
        .order_by("due_at")[:limit]
    )


def open_unapplied(*, limit: int = 100) -> list[UnmatchedMoney]:
    """Money that waits for the seller's decision, oldest first."""
    return list(
        UnmatchedMoney.objects.filter(status=UnmatchedStatus.OPEN)
        .select_related(
            "payment__order__customer", "payment__deposit__customer", "payment__method"
        )
        .order_by("pk")[:limit]
    )


def unreached_buyers(*, limit: int = 100) -> list[UnreachedBuyer]:
    """Buyers whom no message reached and nobody has told, the longest waiting first."""
    return list(
        UnreachedBuyer.objects.filter(status=UnreachedStatus.OPEN)
        .select_related("customer", "order__customer")
        .order_by("due_at", "pk")[:limit]
    )


def waiting_refunds(*, limit: int = 100) -> list[Refund]:
    """Refunds that wait for a second person or for being paid out, oldest first."""
    return list(
        Refund.objects.filter(
            status__in=[RefundStatus.AWAITING_APPROVAL, RefundStatus.PAYING_OUT]
        )
        .select_related("order__customer")
        .prefetch_related("parts__payment__method")
        .order_by("due_at", "pk")[:limit]
    )


def find_refund(request_key: str) -> Refund | None:
    """The refund that was asked for with this form."""
    refund: Refund | None = Refund.objects.filter(request_key=request_key).first()
    return refund


def find_awaiting_refund(order: Order) -> Refund | None:
    """The order's refund that waits for a second person."""
    refund: Refund | None = Refund.objects.filter(
        order=order, status=RefundStatus.AWAITING_APPROVAL
    ).first()
    return refund


def troubled_methods(*, limit: int = 100) -> list[PaymentMethod]:
    """Ways to pay that need a person, those who wait longest first."""
    return list(
        PaymentMethod.objects.exclude(trouble="")
        .defer("credentials")
        .order_by("trouble_at", "pk")[:limit]
    )


def waiting_orders(
    *, search: str = "", after: tuple[int, int] | None = None, limit: int = 50
) -> list[Order]:
    """Unpaid orders buyer by buyer, each one's newest first, with what they hold.

    `after` is the last one's (buyer, order); `search` the start of a buyer's name.
    """
    orders = Order.objects.filter(status=OrderStatus.AWAITING_PAYMENT)
    if search:
        orders = orders.filter(
            Q(customer__username__istartswith=search)
            | Q(customer__display_name__istartswith=search)
        )
    if after is not None:
        customer_id, pk = after
        orders = orders.filter(
            Q(customer_id__gt=customer_id) | Q(customer_id=customer_id, pk__lt=pk)
        )
    return list(
        orders.select_related("customer")
        .prefetch_related("lines", "payments__method")
        .order_by("customer_id", "-pk")[:limit]
    )


@dataclass(frozen=True)
class Holdings:
    """What a buyer keeps from others now: unpaid orders, and pieces in them."""

    orders: int
    pieces: int


def holdings(customer_ids: Sequence[int]) -> dict[int, Holdings]:
    """What these buyers hold; those who hold nothing lack."""
    rows = (
        OrderLine.objects.filter(
            order__customer__in=set(customer_ids),
            order__status=OrderStatus.AWAITING_PAYMENT,
        )
        .values("order__customer_id")
        .annotate(orders=Count("order", distinct=True), pieces=Sum("quantity"))
    )
    return {
        row["order__customer_id"]: Holdings(row["orders"], row["pieces"])
        for row in rows
    }


def blocked_buyers(*, before: int | None = None, limit: int = 50) -> list[Customer]:
    """Buyers whom the store blocks, the newest first; `before` is the last one's id."""
    buyers = Customer.objects.filter(blocked_at__isnull=False)
    if before is not None:
        buyers = buyers.filter(pk__lt=before)
    return list(buyers.order_by("-pk")[:limit])


def undelivered_orders(*, before: datetime, limit: int = 100) -> list[Order]:
    """Orders that were paid before then and not delivered, oldest first."""
    return list(
        Order.objects.filter(
            status__in=[OrderStatus.PAID, OrderStatus.DELIVERING], paid_at__lte=before
        )
        .select_related("customer")
        .prefetch_related("lines")
        .order_by("paid_at")[:limit]
    )


def wallet_accounts() -> QuerySet[LedgerAccount]:
    """Buyers' balances that are not empty, with their buyers."""
    accounts: QuerySet[LedgerAccount] = LedgerAccount.objects.filter(
        kind=AccountKind.WALLET, balance__gt=0
    ).select_related("customer")
    return accounts


def wallet_page(
    *, search: str = "", before: tuple[int, int] | None = None, limit: int = 50
) -> list[LedgerAccount]:
    """Buyers' balances, the largest first; `before` is the last one's (balance, id).

    `search` is the start of a buyer's name and finds empty balances, too.
    """
    accounts = wallet_accounts()
    if search:
        accounts = LedgerAccount.objects.filter(
            Q(customer__username__istartswith=search)
            | Q(customer__display_name__istartswith=search),
            kind=AccountKind.WALLET,
        ).select_related("customer")
    if before is not None:
        balance, pk = before
        accounts = accounts.filter(
            Q(balance__lt=balance) | Q(balance=balance, pk__lt=pk)
        )
    return list(accounts.order_by("-balance", "-pk")[:limit])


def wallet_total() -> int:
    """What the store owes all its buyers together (rupiah)."""
    return wallet_accounts().aggregate(total=Sum("balance"))["total"] or 0


def order_addresses(order_ids: Sequence[int]) -> dict[int, UUID]:
    """The public ids of these orders."""
    return dict(Order.objects.filter(pk__in=order_ids).values_list("pk", "public_id"))
