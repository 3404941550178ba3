"""Locks of the bot."""

from datetime import datetime

from django.db import connection

from bot.models import OutgoingMessage, Panel, ServerSettings
from bot.states import OutboxStatus
from ppob.kit import scope
from tenants.models import Customer

# Our numbers in PostgreSQL's advisory locks.
_TICKET_NUMBERS, _BUYERS = 7_401, 7_402
# An advisory lock takes two 32-bit numbers; ids that share a remainder only wait.
_LARGEST = 2**31


def due_messages(message_ids: list[int], *, now: datetime) -> list[OutgoingMessage]:
    """Those of these messages that are still to be sent; taken ones are skipped."""
    return list(
        OutgoingMessage.objects.filter(
            pk__in=message_ids, status=OutboxStatus.QUEUED, due_at__lte=now
        )
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)
    )


def lock_panel(panel_id: int) -> Panel | None:
    """The panel, so that nobody else changes it until the transaction ends.

    None if it was removed.
    """
    panel: Panel | None = (
        Panel.objects.select_for_update(of=("self",)).filter(pk=panel_id).first()
    )
    return panel


def lock_settings(guild_id: int) -> ServerSettings:
    """The settings of one of the store's servers (our row's id), locked."""
    settings: ServerSettings = ServerSettings.objects.select_for_update(
        of=("self",)
    ).get(guild_id=guild_id)
    return settings


def lock_buyer(customer: Customer) -> None:
    """Let this buyer's presses on Buy happen one after the other. Taken first."""
    _lock_number(_BUYERS, customer.pk % _LARGEST)


def lock_ticket_numbers() -> None:
    """Number this store's tickets alone until the transaction ends. Taken last."""
    _lock_number(_TICKET_NUMBERS, scope.get_tenant_id() % _LARGEST)


def _lock_number(kind: int, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, number])
