"""Celery's part of the bot: what does not need a connection to Discord."""

from datetime import datetime

from celery import shared_task

from bot.cross_tenant.error_reports import list_stores_with_old_errors
from bot.cross_tenant.messages import list_stranded_messages
from bot.cross_tenant.tickets import list_finished_tickets
from bot.services import error_reports, sending, tickets
from ppob.kit import clock
from tenants.jobs import sweep


@shared_task(name="bot.close_finished_tickets")
def close_finished_tickets() -> None:
    """Close the tickets whose time has come."""
    now = clock.now()
    sweep(
        list_finished_tickets(now=now),
        lambda ticket_id: tickets.finish_ticket(ticket_id, now=now),
        what="End of ticket",
    )


@shared_task(name="bot.sweep_outbox")
def sweep_outbox() -> None:
    """Send buyers directly what was meant for a ticket that never got its channel."""
    now = clock.now()
    stranded = list_stranded_messages(now=now)
    sweep(
        [(tenant_id, tenant_id) for tenant_id in stranded],
        lambda tenant_id: _give_up(stranded[tenant_id], now=now),
        what="Stranded messages of store",
    )


@shared_task(name="bot.delete_errors")
def delete_errors() -> None:
    """Forget what failed a month ago."""
    now = clock.now()
    sweep(
        list_stores_with_old_errors(before=now - error_reports.KEPT),
        lambda _count: error_reports.delete_old(now=now),
        what="Error reports",
    )


def _give_up(message_ids: list[int], *, now: datetime) -> None:
    for message in sending.claim(message_ids, now=now):
        sending.give_up(message, error="no channel", now=now)
