"""The one place where a ticket's status changes."""

from datetime import datetime
from typing import Any

from bot import locks
from bot.models import Ticket, TicketEvent
from bot.states import TICKET_MOVES, TicketStatus
from ppob.kit import live
from ppob.kit.db import require_transaction


def move_ticket(
    ticket: Ticket,
    target: TicketStatus,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    **fields: Any,
) -> bool:
    """Move the ticket on together with other columns; False if it already went on.

    A ticket follows its order, so arriving late is normal and nothing to raise about.
    The row itself decides, whatever `ticket` says.
    """
    require_transaction()
    if target == TicketStatus.CLOSED:
        fields["closed_at"] = now
    source = locks.lock_ticket_status(ticket.pk)
    moved = target in TICKET_MOVES[source] and Ticket.objects.filter(
        pk=ticket.pk, status=source
    ).update(status=target, **fields)
    if not moved:
        return False
    ticket.refresh_from_db(fields=["status", *fields])
    record_event(
        ticket, source=source, target=target, actor=actor, now=now, reason=reason
    )
    return True


def record_event(
    ticket: Ticket,
    *,
    source: TicketStatus | None,
    target: TicketStatus,
    actor: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Write down a move (or that the ticket was created) and tell open pages."""
    require_transaction()
    TicketEvent.objects.create(
        tenant_id=ticket.tenant_id,
        ticket=ticket,
        source=source.value if source else "",
        target=target.value,
        actor=actor,
        reason=reason[:120],
        at=now,
    )
    live.announce(ticket.tenant_id, "tickets", ticket=str(ticket.public_id))
