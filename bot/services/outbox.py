"""Messages Discord should carry: written with what caused them, sent afterwards."""

from datetime import datetime
from typing import Any

from bot.message_kinds import buyer_must_know, owner_must_know
from bot.models import OutgoingMessage, ServerSettings, Ticket
from bot.services import subjects
from payments.services.orders import unreached
from payments.states import BuyerNews
from ppob.kit import live, scope
from ppob.kit.db import require_transaction
from tenants import selectors as tenants
from tenants.models import Customer, Guild

Payload = dict[str, Any]


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

    Where the bot is in none of the store's servers, nothing can carry it: then the
    store's staff are asked to tell them what they must know.
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
    elif buyer_must_know(kind):
        order = subjects.find_order(payload)
        unreached.report(customer, order=order, news=BuyerNews(kind), now=now)


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
    """A line for the seller's log channel, of one server or of all.

    A server without one uses the store's others. Where there is none at all, what
    matters goes to the owners directly, and the rest is left to the dashboard.
    """
    channels = ServerSettings.objects.filter(log_channel_id__isnull=False).order_by(
        "pk"
    )
    here = [row for row in channels if row.guild_id == guild_id]
    # A key for each server: with one alone, only the first would be written.
    for settings in here or channels:
        to_channel(
            guild_id=settings.guild_id,
            channel_id=settings.log_channel_id,
            kind=kind,
            payload=payload,
            dedupe_key=f"{dedupe_key}:{settings.guild_id}"[:100],
            now=now,
        )
    if not channels and owner_must_know(kind):
        to_owners(kind=kind, payload=payload, dedupe_key=dedupe_key, now=now)


def to_owners(*, kind: str, payload: Payload, dedupe_key: str, now: datetime) -> None:
    """A direct message to everybody who owns the store."""
    for owner_id in tenants.owner_accounts():
        to_somebody(
            recipient_id=owner_id,
            kind=kind,
            payload=payload,
            dedupe_key=f"{dedupe_key}:{owner_id}"[:100],
            now=now,
        )


def _some_guild() -> int | None:
    guilds = Guild.objects.filter(bot_joined_at__isnull=False).order_by("pk")
    found: int | None = guilds.values_list("pk", flat=True).first()
    return found


def _write(*, dedupe_key: str, now: datetime, **fields: Any) -> None:
    # Outside the transaction of its cause it would tell what is undone afterwards.
    require_transaction()
    row = OutgoingMessage(
        dedupe_key=dedupe_key[:100], due_at=now, created_at=now, **fields
    )
    # The same reason again must not raise: that would undo what caused the message.
    OutgoingMessage.objects.bulk_create([row], ignore_conflicts=True)
    # Only a nudge: the bot looks for due rows each second anyway.
    live.announce(scope.get_tenant_id(), "outbox")
