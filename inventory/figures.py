"""How purchases at suppliers go, in numbers."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from inventory.models import PurchaseAttempt, SupplierProduct
from inventory.states import AttemptStatus


@dataclass(frozen=True)
class Success:
    """How purchases at one supplier ended of late; `moved` went on elsewhere."""

    succeeded: int
    failed: int
    unknown: int

    @property
    def percent(self) -> int | None:
        """How many of a hundred that ended did succeed; None if none ended."""
        ended = self.succeeded + self.failed
        return round(100 * self.succeeded / ended) if ended else None


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
