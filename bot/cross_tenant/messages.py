"""Messages of all stores that are due."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from bot.cross_tenant.serving import Serving
from bot.models import OutgoingMessage
from bot.states import OutboxStatus, TicketStatus

MOST_DUE = 200


def list_due_messages(
    serving: Serving, *, now: datetime, direct: int = MOST_DUE
) -> dict[int, list[int]]:
    """Ids of messages to send now, by store; per place only the oldest waiting one.

    A message for a ticket waits until the ticket has its channel. At most `direct` of
    them go to a person directly, so that many of those keep no ticket waiting.
    """
    # NULL equals nothing: rows are compared only by the places that they have.
    same_place = (
        Q(ticket=OuterRef("ticket"))
        | Q(channel_id=OuterRef("channel_id"))
        | Q(recipient_id=OuterRef("recipient_id"))
    )
    # One that waits to be tried again counts, too: news must not overtake it.
    earlier = OutgoingMessage.across_tenants.filter(
        same_place,
        tenant_id=OuterRef("tenant_id"),
        status=OutboxStatus.QUEUED,
        pk__lt=OuterRef("pk"),
    )
    due = (
        OutgoingMessage.across_tenants.filter(
            ~Exists(earlier),
            serving.condition,
            Q(ticket=None) | Q(ticket__channel_id__isnull=False),
            status=OutboxStatus.QUEUED,
            due_at__lte=now,
        )
        .order_by("pk")
        .values_list("tenant_id", "pk")
    )
    rows = list(due.filter(recipient_id=None)[:MOST_DUE])
    if direct > 0:
        rows += due.exclude(recipient_id=None)[:direct]
    return _by_tenant(sorted(rows, key=lambda row: row[1]))


def hurry_messages(serving: Serving, *, now: datetime) -> None:
    """Let messages go now that waited for Discord to get over its own trouble (5xx).

    One that is being sent has no error, so nobody else takes it meanwhile.
    """
    OutgoingMessage.across_tenants.filter(
        serving.condition,
        status=OutboxStatus.QUEUED,
        error__startswith="discord 5",
        due_at__gt=now,
    ).update(due_at=now)


def list_stranded_messages(*, now: datetime) -> dict[int, list[int]]:
    """Ids of messages for tickets that ended without a channel."""
    rows = OutgoingMessage.across_tenants.filter(
        status=OutboxStatus.QUEUED,
        due_at__lte=now,
        ticket__channel_id=None,
        ticket__status=TicketStatus.CLOSED,
    )
    return _by_tenant(rows.order_by("pk").values_list("tenant_id", "pk")[:MOST_DUE])


def _by_tenant(rows: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    grouped: dict[int, list[int]] = {}
    for tenant_id, row_id in rows:
        grouped.setdefault(tenant_id, []).append(row_id)
    return grouped
