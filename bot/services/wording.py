"""The words of an outgoing message, from the rows it is about.

A message is worded when it is sent, not when it is written: it says what is true then,
in the language of whoever reads it.
"""

from typing import Any

from bot import message_kinds
from bot.message_kinds import About, MessageKind
from bot.models import OutgoingMessage, Ticket
from bot.presenters.draft import Draft
from bot.services import subjects
from bot.services.sending import Claimed
from ppob.kit.i18n import speaking


def write(message: Claimed) -> Draft | None:
    """The message in words; None if there is nothing left to say, or UnknownKind.

    Runs where the database is: what it returns holds words and no rows.
    """
    return _worded(message.kind, About(message.payload, message.ticket_id))


def rewrite(message_id: int) -> tuple[int, Draft] | None:
    """A message that was sent before (our row's id), as it should read now.

    Discord's id of it and its words; None where it never arrived, or has nothing to say
    any more.
    """
    row = OutgoingMessage.objects.filter(pk=message_id).first()
    if row is None or row.discord_id is None:
        return None
    draft = _worded(row.kind, About(row.payload, row.ticket_id))
    return (row.discord_id, draft) if draft is not None else None


def _worded(code: str, about: About) -> Draft | None:
    kind = message_kinds.get_kind(code)
    with speaking(_language(kind, about)):
        facts = kind.load(about)
        return kind.draw(facts) if facts is not None else None


def _language(kind: MessageKind[Any], about: About) -> str:
    if not kind.audience.is_buyer:
        return subjects.get_store().language
    if about.ticket_id is None:
        customer = subjects.find_customer(about.payload)
        return (customer or subjects.get_order(about).customer).language
    language: str = Ticket.objects.values_list("customer__language", flat=True).get(
        pk=about.ticket_id
    )
    return language
