"""How purchases at suppliers go, in numbers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count

from catalog.models import Product
from inventory.forecast import HOURS, Spent
from inventory.models import PurchaseAttempt, SupplierProduct
from inventory.states import AttemptStatus
from ppob.kit import scope
from ppob.kit.db import prepared_cursor


@dataclass(frozen=True)
class Success:
    """How purchases at one supplier ended of late; `moved` went on elsewhere."""

    succeeded: int
    failed: int
    unknown: int

    @property
    def ended(self) -> int:
        """How many ended one way or the other."""
        return self.succeeded + self.failed

    @property
    def percent(self) -> int | None:
        """How many of a hundred that ended did succeed; None if none ended."""
        return round(100 * self.succeeded / self.ended) if self.ended else None


def success_of_accounts(*, since: datetime) -> dict[int, Success]:
    """How attempts since then ended, by the account (our row's id)."""
    rows = (
        PurchaseAttempt.objects.filter(
            created_at__gte=since, first_sent_at__isnull=False
        )
        .order_by()
        .values_list("account_id", "status")
        .annotate(Count("pk"))
    )
    counts: dict[int, dict[str, int]] = {}
    for account_id, status, count in rows:
        counts.setdefault(account_id, {})[status] = count
    return {
        account_id: Success(
            succeeded=found.get(AttemptStatus.SUCCEEDED, 0),
            failed=found.get(AttemptStatus.FAILED, 0),
            unknown=found.get(AttemptStatus.UNKNOWN, 0)
            + found.get(AttemptStatus.SENDING, 0),
        )
        for account_id, found in counts.items()
    }


@dataclass(frozen=True)
class RouteFigures:
    """How attempts to buy one thing at one supplier ended, and how long success took.

    `half` and `most` are seconds: half of the successes took no longer, 95 of 100.
    """

    success: Success
    half: float | None
    most: float | None


_OF_ROUTES = """
SELECT account_id, sku,
    count(*) FILTER (WHERE status = 'succeeded'),
    count(*) FILTER (WHERE status = 'failed'),
    count(*) FILTER (WHERE status IN ('sending', 'unknown')),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY secs) FILTER (WHERE secs IS NOT NULL),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY secs) FILTER (WHERE secs IS NOT NULL)
FROM (
    SELECT a.account_id, a.sku, a.status, CASE WHEN a.status = 'succeeded'
        THEN extract(epoch FROM a.checked_at - a.first_sent_at) END AS secs
    FROM inventory_purchase p
    JOIN inventory_purchaseattempt a ON a.purchase_id = p.id
        AND a.tenant_id = p.tenant_id
    WHERE p.tenant_id = %(tenant)s AND p.product_id = %(product)s
        AND p.created_at >= %(since)s AND a.first_sent_at IS NOT NULL
) AS tried
GROUP BY account_id, sku
"""


def figures_of_routes(
    product: Product, *, since: datetime
) -> dict[tuple[int, str], RouteFigures]:
    """How each way to deliver a product did since then, by account (row id) and sku."""
    values: dict[str, Any] = {
        "tenant": product.tenant_id,
        "product": product.pk,
        "since": since,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_ROUTES, values)
        rows = cursor.fetchall()
    return {
        (account_id, sku): RouteFigures(
            Success(succeeded=good, failed=bad, unknown=open_), half, most
        )
        for account_id, sku, good, bad, open_, half, most in rows
    }


@dataclass(frozen=True)
class Diverted:
    """Top-ups that another supplier delivered than the first, and what more they cost.

    `extra` is whole rupiah, below zero where it was cheaper.
    """

    count: int
    extra: int


def diverted(*, since: datetime) -> Diverted:
    """What going on at other suppliers has cost since then."""
    tries = (
        PurchaseAttempt.objects.filter(purchase__created_at__gte=since)
        .select_related("purchase")
        .order_by("purchase_id", "pk")
    )
    first: dict[int, PurchaseAttempt] = {}
    count = extra = 0
    for attempt in tries:
        began = first.setdefault(attempt.purchase_id, attempt)
        if attempt.status == AttemptStatus.SUCCEEDED and attempt.pk != began.pk:
            count += 1
            extra += (attempt.cost or 0) - _cost_at(began)
    return Diverted(count, extra)


def _cost_at(attempt: PurchaseAttempt) -> int:
    """What the first supplier asks for the same; nothing where it has it no more."""
    cost: int | None = (
        SupplierProduct.objects.filter(account=attempt.account_id, sku=attempt.sku)
        .values_list("cost", flat=True)
        .first()
    )
    return cost or 0


# By hand: the index `attempt_spent_lately` answers it alone, so its condition stands
# here word for word. What a supplier has not said yet may cost as much as the purchase
# allows; only then is the purchase looked at.
_SPENT = """
SELECT account_id, %(hour)s - floor(extract(epoch FROM created_at) / 3600)::bigint,
    count(*), sum(coalesce(a.cost, (
        SELECT p.ceiling FROM inventory_purchase p
        WHERE p.tenant_id = a.tenant_id AND p.id = a.purchase_id
    )))::bigint
FROM inventory_purchaseattempt a
WHERE a.tenant_id = %(tenant)s AND a.account_id = ANY(%(accounts)s)
    AND a.created_at > %(since)s AND a.created_at <= %(now)s
    AND a.status IN ('sending', 'unknown', 'succeeded')
GROUP BY 1, 2
"""


def spent_by_hour(
    account_ids: Collection[int], *, now: datetime
) -> dict[int, list[Spent]]:
    """What purchases of the last four weeks cost, by account (our row's id) and hour.

    One query. A purchase whose outcome nobody knows counts as made.
    """
    values: dict[str, Any] = {
        "tenant": scope.get_tenant_id(),
        "accounts": list(account_ids),
        "hour": int(now.timestamp()) // 3600,
        "since": now - timedelta(hours=HOURS),
        "now": now,
    }
    found: dict[int, list[Spent]] = {account_id: [] for account_id in account_ids}
    with prepared_cursor() as cursor:
        cursor.execute(_SPENT, values)
        for account_id, hours_ago, count, total in cursor.fetchall():
            found[account_id].append(Spent(hours_ago, count, total))
    return found
