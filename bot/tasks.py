"""Celery's part of the bot: what does not need a connection to Discord."""

from celery import shared_task

from bot.platform import (
    list_finished_tickets,
    list_stores_with_old_errors,
    list_stranded_messages,
)
from bot.services import error_reports, outbox, tickets
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from tenants.jobs import sweep


@shared_task(name="bot.close_finished_tickets")
def close_finished_tickets() -> None:
    """Close the tickets whose time has come."""
    now = clock.now()
    for tenant_id, ticket_id in list_finished_tickets(now=now):
        with tenant_scope(tenant_id):
            tickets.finish_ticket(ticket_id, now=now)


@shared_task(name="bot.sweep_outbox")
def sweep_outbox() -> None:
    """Send buyers directly what was meant for a ticket that never got its channel."""
    now = clock.now()
    for tenant_id, message_ids in list_stranded_messages(now=now).items():
        with tenant_scope(tenant_id):
            for message in outbox.claim(message_ids, now=now):
                outbox.give_up(message, error="no channel", now=now)


@shared_task(name="bot.delete_errors")
def delete_errors() -> None:
    """Forget what failed a month ago."""
    now = clock.now()
    sweep(
        list_stores_with_old_errors(before=now - error_reports.KEPT),
        lambda _count: error_reports.delete_old(now=now),
        what="Error reports",
    )
