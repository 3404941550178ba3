"""After the last kill: everything that is due is done, until nothing is."""

from celery import current_app
from django.conf import settings

from bot.models import Ticket
from bot.platform import Serving, list_roomless_tickets
from bot.services import tickets
from ppob.kit import clock
from ppob.kit.scope import tenant_scope
from tests.crash import acts
from tests.crash.clock import SharedClock
from tests.crash.lane import Broker

# Leases run out, orders expire, tickets close, polls come round.
PAUSES = (61, 61, 700, 3_700, 3_700, 90_000, 3_700, 90_000, 61, 61)
APPS = ("payments.", "inventory.", "bot.")
POSTS = 12


def settle_down(
    shared: SharedClock, broker: Broker, *, pauses: tuple[float, ...] = PAUSES
) -> None:
    """Run every scheduled job and what they ask for, with pauses in between."""
    for secs in pauses:
        shared.advance(secs)
        _open_rooms()
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            if entry["task"].startswith(APPS):
                current_app.tasks[entry["task"]]()
                _work_off(broker)
        for _ in range(POSTS):
            acts.carry_post()


def _work_off(broker: Broker) -> None:
    while hints := broker.take():
        for name, arguments in hints:
            if name in current_app.tasks:
                current_app.tasks[name](**arguments)


def _open_rooms() -> None:
    """The bot makes the channels that crashes left out."""
    waiting = list_roomless_tickets(Serving(), created_before=clock.now())
    for tenant_id, ticket_id in waiting:
        with tenant_scope(tenant_id):
            name = Ticket.objects.get(pk=ticket_id).name
            tickets.room_ready(ticket_id, channel_id=ticket_id + 10**9, name=name)
