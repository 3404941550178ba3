"""Channels made for tickets that have no use for them any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from bot.message_kinds import Chore
from bot.models import Ticket
from bot.services import outbox
from bot.states import TicketStatus
from ppob.kit.db import unit_of_work

# The message that closes a ticket's channel is tried for a while.
FORGOTTEN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class FoundChannel:
    """A channel whose topic names a ticket: its Discord id and the ticket's."""

    channel_id: int
    reference: UUID


def list_leftovers(found: list[FoundChannel]) -> list[int]:
    """Those of these channels that belong to no ticket, to be deleted.

    A ticket has one channel at most. One of another ticket, or of an ended ticket that
    never got one, was made by an attempt that failed half-way. Channels of tickets we
    do not know may be another installation's and are left alone.
    """
    known = {
        row.public_id: row
        for row in Ticket.objects.filter(
            public_id__in=[channel.reference for channel in found]
        )
    }
    return [
        channel.channel_id
        for channel in found
        if (ticket := known.get(channel.reference)) is not None
        and _is_left(ticket, channel.channel_id)
    ]


def close_forgotten(found: list[FoundChannel], *, now: datetime) -> None:
    """Have channels of closed tickets deleted that outlived it: keep the transcript."""
    closed = Ticket.objects.filter(
        channel_id__in=[channel.channel_id for channel in found],
        status=TicketStatus.CLOSED,
        closed_at__lt=now - FORGOTTEN_AFTER,
    )
    with unit_of_work("bot.close_forgotten_channels"):
        for ticket in closed.order_by("pk"):
            outbox.to_ticket(
                ticket,
                Chore.CLOSE_TICKET,
                # Looked at each minute, and asked for once an hour.
                dedupe_key=f"ticket:{ticket.pk}:close:again:{now:%Y%m%d%H}",
                now=now,
            )


def _is_left(ticket: Ticket, channel_id: int) -> bool:
    # A ticket that still waits for a channel finds this one by its topic.
    if ticket.channel_id is None:
        return ticket.status == TicketStatus.CLOSED
    return ticket.channel_id != channel_id
