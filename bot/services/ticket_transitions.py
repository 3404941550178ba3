"""The one place where a ticket's status changes."""

from bot.models import Ticket, TicketEvent
from bot.states import TICKET_TRANSITIONS, TicketStatus
from ppob.kit import live
from ppob.kit.machine import Machine, Transition


def _event(ticket: Ticket) -> TicketEvent:
    return TicketEvent(tenant_id=ticket.tenant_id, ticket=ticket)


def _announce(ticket: Ticket, _step: Transition[TicketStatus]) -> None:
    live.announce(ticket.tenant_id, "tickets", ticket=str(ticket.public_id))


TICKETS = Machine(
    model=Ticket,
    table=TICKET_TRANSITIONS,
    event=_event,
    times={TicketStatus.CLOSED: "closed_at"},
    announce=_announce,
)
# A ticket follows its order, so arriving late is normal and nothing to raise about.
move_ticket = TICKETS.try_move
