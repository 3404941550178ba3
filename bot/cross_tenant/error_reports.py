"""Error reports of all stores that are old enough to be forgotten."""

from datetime import datetime

from django.db.models import Count

from bot.models import ErrorReport


def list_stores_with_old_errors(*, before: datetime) -> list[tuple[int, int]]:
    """Stores with error reports of before then, and how many."""
    old = ErrorReport.across_tenants.filter(at__lte=before).order_by("tenant_id")
    return list(old.values_list("tenant_id").annotate(Count("pk")))
