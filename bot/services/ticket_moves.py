"""The one place where a ticket's status changes."""

from datetime import datetime
from typing import Any

from bot.models import Ticket
from bot.states import TICKET_MOVES, TicketStatus
from ppob.kit import live
from ppob.kit.db import require_transaction


def move_ticket(
    ticket: Ticket, target: TicketStatus, *, now: datetime, **fields: Any
) -> bool:
    """Move the ticket on together with other columns; False if it already went on.

    A ticket follows its order, so arriving late is normal and nothing to raise about.
    """
    require_transaction()
    if target == TicketStatus.CLOSED:
        fields["closed_at"] = now
    sources = [source for source, targets in TICKET_MOVES.items() if target in targets]
    moved = Ticket.objects.filter(pk=ticket.pk, status__in=sources).update(
        status=target, **fields
    )
    if not moved:
        return False
    ticket.refresh_from_db(fields=["status", *fields])
    live.announce(ticket.tenant_id, "tickets", ticket=str(ticket.public_id))
    return True
