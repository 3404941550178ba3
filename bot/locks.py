"""Row locks of the bot: after everything of the apps below, by key."""

from datetime import datetime

from django.db import connection

from bot.models import OutgoingMessage
from bot.states import OutboxStatus
from ppob.kit import scope

_TICKET_NUMBERS = 7_401  # our number in PostgreSQL's advisory locks


def due_messages(message_ids: list[int], *, now: datetime) -> list[OutgoingMessage]:
    """Those of these messages that are still to be sent; taken ones are skipped."""
    return list(
        OutgoingMessage.objects.filter(
            pk__in=message_ids, status=OutboxStatus.QUEUED, due_at__lte=now
        )
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)
    )


def lock_ticket_numbers() -> None:
    """Number this store's tickets alone until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            [_TICKET_NUMBERS, scope.get_tenant_id()],
        )
