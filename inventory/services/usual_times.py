"""How long top-ups usually take: measured, never guessed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from inventory.states import PurchaseStatus
from ppob.kit import scope

LOOK_BACK = timedelta(days=7)
FEWEST = 5  # of less nobody can say what is usual
UNMEASURED = timedelta(minutes=5)
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=30)


@dataclass(frozen=True)
class UsualTime:
    """Of the last seven days: half were done within `half`, 95 of 100 in `most`."""

    half: timedelta
    most: timedelta


# From when a supplier may be asked until the goods are there.
_MEASURE = """
SELECT product_id,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY secs),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY secs)
FROM (
    SELECT product_id, extract(epoch FROM
        settled_at - greatest(created_at, coalesce(starts_at, created_at))
    ) AS secs
    FROM inventory_purchase
    WHERE tenant_id = %(tenant)s AND product_id = ANY(%(products)s)
        AND status = %(succeeded)s AND settled_at >= %(since)s
) AS measured
GROUP BY product_id HAVING count(*) >= %(fewest)s
"""


def usual_times(product_ids: Collection[int], *, now: datetime) -> dict[int, UsualTime]:
    """What is usual for those of these products that were bought often enough."""
    if not product_ids:
        return {}
    values: dict[str, Any] = {
        "tenant": scope.get_tenant_id(),
        "products": list(product_ids),
        "succeeded": PurchaseStatus.SUCCEEDED.value,
        "since": now - LOOK_BACK,
        "fewest": FEWEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE, values)
        rows = cursor.fetchall()
    return {
        product_id: UsualTime(timedelta(seconds=half), timedelta(seconds=most))
        for product_id, half, most in rows
    }


def promise_for(product_id: int, *, now: datetime) -> timedelta:
    """How soon a top-up is promised: as 95 of 100 were, from one minute to thirty."""
    usual = usual_times([product_id], now=now).get(product_id)
    if usual is None:
        return UNMEASURED
    return min(max(usual.most, SHORTEST), LONGEST)
