"""Messages that answer an event, written in the event's own transaction."""

from datetime import datetime
from typing import Any

from bot import message_kinds
from bot.message_kinds import Announcement, Audience, MessageKind
from bot.services import outbox


def announce(event: str, *, now: datetime, **facts: Any) -> None:
    """Write what the kinds that answer `event` make of its facts.

    It runs inside the transaction of the change, so a message exists if and only if
    what it tells has happened.
    """
    for kind in message_kinds.answers_to(event):
        for message in kind.announce(**facts):
            _write(kind, message, now=now)


def _write(kind: MessageKind[Any], message: Announcement, *, now: datetime) -> None:
    stored: dict[str, Any] = {
        "kind": kind.code,
        "payload": dict(message.payload),
        "dedupe_key": message.dedupe_key,
        "now": now,
    }
    if kind.audience is Audience.TICKET:
        if message.ticket is not None:
            outbox.to_ticket(message.ticket, **stored)
    elif kind.audience is Audience.BUYER:
        if message.customer is not None:
            outbox.to_buyer(message.customer, ticket=message.ticket, **stored)
    elif kind.audience is Audience.STORE:
        outbox.to_log(guild_id=message.guild_id, **stored)
    elif kind.audience is Audience.OWNERS:
        outbox.to_owners(**stored)
    elif message.recipient_id is not None:
        outbox.to_somebody(recipient_id=message.recipient_id, **stored)
