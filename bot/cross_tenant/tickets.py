"""Tickets of all stores whose channel has to be made, watched or closed."""

from dataclasses import dataclass
from datetime import datetime

from bot.cross_tenant.serving import Serving
from bot.models import Ticket
from bot.states import TicketStatus


def list_channelless_tickets(
    serving: Serving, *, created_before: datetime
) -> list[tuple[int, int]]:
    """Tickets that still need a channel, as (store, ticket): a crash came between."""
    return list(
        Ticket.across_tenants.filter(
            serving.condition,
            channel_id=None,
            status__in=[TicketStatus.OPEN, TicketStatus.PAID],
            created_at__lt=created_before,
            guild__bot_joined_at__isnull=False,
        )
        .order_by("pk")
        .values_list("tenant_id", "pk")[:50]
    )


@dataclass(frozen=True)
class TicketChannel:
    """The channel of a ticket that is not closed. Ids but the store's are Discord's."""

    channel_id: int
    guild_id: int
    tenant_id: int


def list_ticket_channels(serving: Serving) -> list[TicketChannel]:
    """Every channel whose conversation is to be kept."""
    rows = Ticket.across_tenants.filter(
        serving.condition, closed_at=None, channel_id__isnull=False
    )
    return [
        TicketChannel(*row)
        for row in rows.values_list("channel_id", "guild__discord_id", "tenant_id")
    ]


def list_finished_tickets(*, now: datetime) -> list[tuple[int, int]]:
    """Tickets whose time to close has come, as (store, ticket)."""
    return list(
        Ticket.across_tenants.filter(closes_at__lte=now, closed_at=None)
        .order_by("closes_at")
        .values_list("tenant_id", "pk")[:200]
    )
