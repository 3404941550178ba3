"""Messages Discord should carry: written with what caused them, sent afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from bot import locks
from bot.models import OutgoingMessage, ServerSettings, Ticket
from bot.states import MUST_KNOW, OutboxStatus
from ppob.kit import live, scope
from ppob.kit.db import require_transaction, unit_of_work
from tenants.models import Customer, Guild

CLAIM = timedelta(seconds=60)  # long enough to send, short enough after a crash
MAX_ATTEMPTS = 12
_FIRST_RETRY_SECS, _LAST_RETRY_SECS = 2, 900

Payload = dict[str, Any]


@dataclass(frozen=True)
class Claimed:
    """A message this process shall send now."""

    pk: int
    kind: str
    payload: Payload
    ticket_id: int | None
    channel_id: int | None
    recipient_id: int | None
    guild_discord_id: int
    attempts: int

    @property
    def is_direct(self) -> bool:
        """Whether it goes to a person and not into a channel."""
        return self.recipient_id is not None


# --- Writing --------------------------------------------------------------------------


def to_ticket(
    ticket: Ticket,
    kind: str,
    *,
    dedupe_key: str,
    now: datetime,
    payload: Payload | None = None,
) -> None:
    """A message for the ticket's channel; it waits until the channel exists."""
    _write(
        guild_id=ticket.guild_id,
        kind=kind,
        payload=payload or {},
        dedupe_key=dedupe_key,
        ticket_id=ticket.pk,
        now=now,
    )


def to_channel(
    *,
    guild_id: int,
    channel_id: int,
    kind: str,
    payload: Payload,
    dedupe_key: str,
    now: datetime,
) -> None:
    """A message for a channel; `guild_id` is our row's."""
    _write(
        guild_id=guild_id,
        kind=kind,
        payload=payload,
        dedupe_key=dedupe_key,
        channel_id=channel_id,
        now=now,
    )


def to_person(
    *,
    guild_id: int,
    recipient_id: int,
    kind: str,
    payload: Payload,
    dedupe_key: str,
    now: datetime,
) -> None:
    """A direct message."""
    _write(
        guild_id=guild_id,
        kind=kind,
        payload=payload,
        dedupe_key=dedupe_key,
        recipient_id=recipient_id,
        now=now,
    )


def to_buyer(
    customer: Customer,
    *,
    ticket: Ticket | None,
    kind: str,
    payload: Payload,
    dedupe_key: str,
    now: datetime,
) -> None:
    """A message for a buyer: in the ticket while it is open, else directly.

    Where the bot is in none of the store's servers, nothing can carry it.
    """
    if ticket is not None and ticket.closed_at is None:
        to_ticket(ticket, kind, dedupe_key=dedupe_key, now=now, payload=payload)
        return
    guild_id = ticket.guild_id if ticket is not None else _some_guild()
    if guild_id is not None:
        to_person(
            guild_id=guild_id,
            recipient_id=customer.discord_id,
            kind=kind,
            payload=payload,
            dedupe_key=dedupe_key,
            now=now,
        )


def to_somebody(
    *, recipient_id: int, kind: str, payload: Payload, dedupe_key: str, now: datetime
) -> None:
    """A direct message through any of the store's servers; none, no message."""
    guild_id = _some_guild()
    if guild_id is not None:
        to_person(
            guild_id=guild_id,
            recipient_id=recipient_id,
            kind=kind,
            payload=payload,
            dedupe_key=dedupe_key,
            now=now,
        )


def to_log(
    *, kind: str, payload: Payload, dedupe_key: str, now: datetime, guild_id: int = 0
) -> None:
    """A line for the seller's log channel, of one server or of all; none, no line."""
    rows = ServerSettings.objects.filter(log_channel_id__isnull=False)
    if guild_id:
        rows = rows.filter(guild_id=guild_id)
    for settings in rows.order_by("pk"):
        to_channel(
            guild_id=settings.guild_id,
            channel_id=settings.log_channel_id,
            kind=kind,
            payload=payload,
            dedupe_key=f"{dedupe_key}:{settings.guild_id}"[:100],
            now=now,
        )


def _some_guild() -> int | None:
    guilds = Guild.objects.filter(bot_joined_at__isnull=False).order_by("pk")
    found: int | None = guilds.values_list("pk", flat=True).first()
    return found


def _write(*, dedupe_key: str, now: datetime, **fields: Any) -> None:
    require_transaction()
    row = OutgoingMessage(
        dedupe_key=dedupe_key[:100], due_at=now, created_at=now, **fields
    )
    OutgoingMessage.objects.bulk_create([row], ignore_conflicts=True)
    live.announce(scope.get_tenant_id(), "outbox")


# --- Sending --------------------------------------------------------------------------


def claim(message_ids: list[int], *, now: datetime) -> list[Claimed]:
    """Take these messages for a minute; a crash gives them back by itself."""
    with unit_of_work("bot.claim_messages"):
        rows = locks.due_messages(message_ids, now=now)
        for row in rows:
            OutgoingMessage.objects.filter(pk=row.pk).update(
                due_at=now + CLAIM, attempts=row.attempts + 1
            )
    found = OutgoingMessage.objects.select_related("guild", "ticket").filter(
        pk__in=[row.pk for row in rows]
    )
    return [_claimed(row) for row in found.order_by("pk")]


def note_sent(message_id: int, *, discord_id: int | None, now: datetime) -> None:
    """The message is in Discord."""
    with unit_of_work("bot.note_message_sent"):
        OutgoingMessage.objects.filter(
            pk=message_id, status=OutboxStatus.QUEUED
        ).update(status=OutboxStatus.SENT, discord_id=discord_id, sent_at=now, error="")


def retry_later(message: Claimed, *, error: str, now: datetime) -> None:
    """It did not go through this time; after twelve times it is given up."""
    if message.attempts >= MAX_ATTEMPTS:
        give_up(message, error=error, now=now)
        return
    delay = min(_LAST_RETRY_SECS, _FIRST_RETRY_SECS * 2 ** (message.attempts - 1))
    with unit_of_work("bot.retry_message"):
        _still_ours(message).update(
            due_at=now + timedelta(seconds=delay), error=error[:120]
        )


def put_back(message: Claimed, *, error: str, due_at: datetime) -> None:
    """It was not tried for a reason that has nothing to do with it: that was no try."""
    with unit_of_work("bot.put_message_back"):
        _still_ours(message).update(
            due_at=due_at, attempts=message.attempts - 1, error=error[:120]
        )


def give_up(message: Claimed, *, error: str, now: datetime) -> None:
    """It can never arrive there: the place is gone or closed to us.

    What a buyer must know about their money then goes to them directly.
    """
    with unit_of_work("bot.give_up_message"):
        is_over = _still_ours(message).update(
            status=OutboxStatus.FAILED, error=error[:120]
        )
        if not is_over or message.ticket_id is None or message.kind not in MUST_KNOW:
            return
        ticket = Ticket.objects.select_related("customer").get(pk=message.ticket_id)
        to_person(
            guild_id=ticket.guild_id,
            recipient_id=ticket.customer.discord_id,
            kind=message.kind,
            payload={**message.payload, "order": ticket.order_id},
            dedupe_key=f"outgoing:{message.pk}:dm",
            now=now,
        )


def sent_message_id(message_id: int) -> int | None:
    """Discord's id of a message that was sent, to edit it."""
    found: int | None = (
        OutgoingMessage.objects.filter(pk=message_id)
        .values_list("discord_id", flat=True)
        .first()
    )
    return found


def _still_ours(message: Claimed) -> QuerySet[OutgoingMessage]:
    """The row while nobody has taken it since; each claim counts an attempt."""
    rows: QuerySet[OutgoingMessage] = OutgoingMessage.objects.filter(
        pk=message.pk, status=OutboxStatus.QUEUED, attempts=message.attempts
    )
    return rows


def _claimed(row: OutgoingMessage) -> Claimed:
    return Claimed(
        pk=row.pk,
        kind=row.kind,
        payload=row.payload,
        ticket_id=row.ticket_id,
        channel_id=row.ticket.channel_id if row.ticket else row.channel_id,
        recipient_id=row.recipient_id,
        guild_discord_id=row.guild.discord_id,
        attempts=row.attempts,
    )
