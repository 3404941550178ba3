"""Celery's part of the bot: what does not need a connection to Discord."""

from celery import shared_task

from bot.platform import list_finished_tickets
from bot.services import tickets
from ppob.kit import clock
from ppob.kit.scope import tenant_scope


@shared_task(name="bot.close_finished_tickets")
def close_finished_tickets() -> None:
    """Close the tickets whose time has come."""
    now = clock.now()
    for tenant_id, ticket_id in list_finished_tickets(now=now):
        with tenant_scope(tenant_id):
            tickets.close_ticket(ticket_id, now=now)
