"""Messages on their way: claimed, sent, tried again, or carried on another way.

A ticket that cannot carry what its buyer must know hands it over to a direct message;
where that cannot arrive either, the store's staff are asked to tell them. A log channel
that is gone hands over to the owners.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from bot import locks
from bot.message_kinds import buyer_must_know, owner_must_know
from bot.models import OutgoingMessage, Ticket
from bot.services import outbox, servers, subjects
from bot.services.announcing import announce
from bot.services.outbox import Payload
from bot.states import OUTBOX_TRANSITIONS, OutboxStatus
from payments.models import Order
from payments.services.orders import unreached
from payments.states import BuyerNews
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.machine import Machine

CLAIM = timedelta(seconds=60)  # long enough to send, short enough after a crash
MAX_ATTEMPTS = 12  # with the pauses below some three quarters of an hour
_FIRST_RETRY_SECS, _LAST_RETRY_SECS = 2, 900

MESSAGES = Machine(
    model=OutgoingMessage,
    table=OUTBOX_TRANSITIONS,
    times={OutboxStatus.SENT: "sent_at", OutboxStatus.FAILED: "gave_up_at"},
)


@dataclass(frozen=True)
class Claimed:
    """A message this process shall send now; `reader_id` is the buyer of its ticket."""

    pk: int
    kind: str
    payload: Payload
    ticket_id: int | None
    channel_id: int | None
    recipient_id: int | None
    guild_discord_id: int
    attempts: int
    reader_id: int | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it goes to a person and not into a channel."""
        return self.recipient_id is not None

    @property
    def must_be_read(self) -> bool:
        """Whether its buyer must learn of it, wherever they are."""
        return self.ticket_id is not None and buyer_must_know(self.kind)


def claim(message_ids: list[int], *, now: datetime) -> list[Claimed]:
    """Take these messages for a minute; a crash gives them back by itself."""
    with unit_of_work("bot.claim_messages"):
        rows = locks.due_messages(message_ids, now=now)
        for row in rows:
            # The attempt marks whose claim it is. No error means that it is being sent:
            # `hurry_messages` leaves such rows alone.
            OutgoingMessage.objects.filter(pk=row.pk).update(
                due_at=now + CLAIM, attempts=row.attempts + 1, error=""
            )
    found = OutgoingMessage.objects.select_related("guild", "ticket__customer").filter(
        pk__in=[row.pk for row in rows]
    )
    return [_claimed(row) for row in found.order_by("pk")]


def note_sent(
    message: Claimed,
    *,
    discord_id: int | None,
    now: datetime,
    reader_has_left: bool = False,
) -> None:
    """The message is in Discord; a buyer who left the server gets it directly, too."""
    with unit_of_work("bot.note_message_sent"):
        # By its key alone: it did arrive, also where its minute was over and another
        # process has claimed it since.
        is_first = MESSAGES.move_all(
            OutgoingMessage.objects.filter(pk=message.pk),
            OutboxStatus.SENT,
            now=now,
            discord_id=discord_id,
            error="",
        )
        if is_first and reader_has_left:
            ticket = _ticket_of(message)
            _write_directly(message, ticket, now=now)
            announce("buyer.left", ticket=ticket, now=now)


def retry_later(message: Claimed, *, error: str, now: datetime) -> None:
    """It did not go through this time; after twelve times it is given up."""
    if message.attempts >= MAX_ATTEMPTS:
        give_up(message, error=error, now=now)
        return
    delay = min(_LAST_RETRY_SECS, _FIRST_RETRY_SECS * 2 ** (message.attempts - 1))
    # `hurry_messages` knows Discord's own trouble by how the error begins.
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


def give_up(
    message: Claimed,
    *,
    error: str,
    now: datetime,
    place_is_gone: bool = False,
) -> None:
    """It can never arrive there: the place is gone or closed to us.

    What a buyer must know about their money and goods then takes the next way, and so
    does what the owners must know.
    """
    with unit_of_work("bot.give_up_message"):
        is_over = MESSAGES.move_all(
            _still_ours(message), OutboxStatus.FAILED, now=now, error=error[:120]
        )
        if not is_over:
            return
        if message.must_be_read:
            _write_directly(message, _ticket_of(message), now=now)
        elif message.is_direct and buyer_must_know(message.kind):
            _report_unreached(message, now=now)
        # A chore in a panel's channel comes here as well; where that is no log, this
        # does nothing.
        elif message.channel_id is not None and message.ticket_id is None:
            _leave_log_channel(message, is_gone=place_is_gone, now=now)


def _write_directly(message: Claimed, ticket: Ticket, *, now: datetime) -> None:
    outbox.to_person(
        guild_id=ticket.guild_id,
        recipient_id=ticket.customer.discord_id,
        kind=message.kind,
        # A direct message has no ticket that says which order it is.
        payload={**message.payload, "order": ticket.order_id},
        dedupe_key=f"outgoing:{message.pk}:dm",
        now=now,
    )


def _report_unreached(message: Claimed, *, now: datetime) -> None:
    """The buyer takes no direct message: their store has to reach them."""
    subject = subjects.find_subject(message.payload)
    if subject is None:
        return
    found = unreached.report(
        subject.customer,
        order=subject if isinstance(subject, Order) else None,
        news=BuyerNews(message.kind),
        now=now,
    )
    OutgoingMessage.objects.filter(pk=message.pk).update(unreached=found.public_id)


def _leave_log_channel(message: Claimed, *, is_gone: bool, now: datetime) -> None:
    """The log channel takes nothing: the owners read it, and that they have to act."""
    if owner_must_know(message.kind):
        outbox.to_owners(
            kind=message.kind,
            payload=message.payload,
            dedupe_key=f"outgoing:{message.pk}:owner",
            now=now,
        )
    servers.log_channel_closed(message.channel_id or 0, is_gone=is_gone, now=now)


def _ticket_of(message: Claimed) -> Ticket:
    require_transaction()
    ticket: Ticket = Ticket.objects.select_related("customer").get(pk=message.ticket_id)
    return ticket


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
        reader_id=row.ticket.customer.discord_id if row.ticket else None,
    )
