"""What every kind of message declares, and where the declarations are found.

A kind stands once, in `bot/messages/<topic>.py`: its code, the events it answers, who
reads it, how what it says is loaded, its words, and whether its reader must know. The
code is stored with every message and never changes.
"""

import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from importlib import import_module
from typing import Any, Generic, TypeVar

from bot.models import Ticket
from bot.presenters.draft import Draft
from tenants.models import Customer

TOPICS = "bot.messages"
_CODE = re.compile(r"[a-z_]{1,40}")
_EVENT = re.compile(r"[a-z_]+\.[a-z_]+")

Facts = TypeVar("Facts")


class Audience(Enum):
    """Who reads a message, and in which language."""

    TICKET = "the buyer, in their ticket alone"
    BUYER = "the buyer: in the ticket while it is open, else directly"
    STORE = "the store's log channel"
    OWNERS = "everybody who owns the store, directly"
    PERSON = "somebody the announcement names, directly"

    @property
    def is_buyer(self) -> bool:
        """Whether it speaks a buyer's language; all others read the store's."""
        return self in (Audience.TICKET, Audience.BUYER)


class Chore(StrEnum):
    """What an outgoing row can ask the bot for besides a message. Stored codes."""

    REMOVE_MESSAGE = "remove_message"
    RETIRE_BUTTONS = "retire_buttons"
    REDRAW = "redraw"
    CLOSE_TICKET = "close_ticket"


@dataclass(frozen=True)
class Announcement:
    """A message to be written. `guild_id` is our row's, `recipient_id` Discord's."""

    payload: Mapping[str, Any]
    dedupe_key: str
    ticket: Ticket | None = None
    customer: Customer | None = None
    guild_id: int = 0
    recipient_id: int | None = None


@dataclass(frozen=True)
class About:
    """What a stored message is about: ids, never words."""

    payload: Mapping[str, Any]
    ticket_id: int | None = None


class IncompleteKind(TypeError):
    """A declaration that lacks something, or a code that two kinds want."""


@dataclass(frozen=True)
class MessageKind(Generic[Facts]):
    """One kind of message.

    `announce` gets the facts of an event and says which messages to write, none if it
    is no news. `load` reads what the message says as plain values, when it is sent;
    None if there is nothing left to say. `draw` words them in the active language. Who
    must know gets it another way where this one cannot carry it.
    """

    code: str
    events: tuple[str, ...]
    audience: Audience
    must_know: bool
    announce: Callable[..., Sequence[Announcement]]
    load: Callable[[About], Facts | None]
    draw: Callable[[Facts], Draft]

    def __post_init__(self) -> None:
        """Refuse what could not be announced, sent or read."""
        is_complete = (
            _CODE.fullmatch(self.code)
            and self.code not in set(Chore)
            and self.events
            and all(_EVENT.fullmatch(event) for event in self.events)
            and isinstance(self.audience, Audience)
            and isinstance(self.must_know, bool)
            and all(map(callable, (self.announce, self.load, self.draw)))
        )
        if not is_complete:
            raise IncompleteKind(f"The kind of message “{self.code}” is incomplete.")


class UnknownKind(LookupError):
    """No declaration of this kind of message."""


@cache
def registry() -> Mapping[str, MessageKind[Any]]:
    """All kinds by their code, as the modules of `bot/messages` declare them."""
    package = import_module(TOPICS)
    kinds = [
        kind
        for found in pkgutil.iter_modules(package.__path__)
        for kind in import_module(f"{TOPICS}.{found.name}").KINDS
    ]
    by_code = {kind.code: kind for kind in kinds}
    if len(by_code) < len(kinds):
        raise IncompleteKind("Two kinds of message have one code.")
    return by_code


def get_kind(code: str) -> MessageKind[Any]:
    """The declaration of a kind, or UnknownKind."""
    try:
        return registry()[code]
    except KeyError:
        raise UnknownKind(code) from None


@cache
def answers_to(event: str) -> tuple[MessageKind[Any], ...]:
    """The kinds that answer an event, in the order of their declarations."""
    return tuple(kind for kind in registry().values() if event in kind.events)


def buyer_must_know(code: str) -> bool:
    """Whether this is about a buyer's money or goods, so that they have to learn it."""
    kind = registry().get(code)
    return kind is not None and kind.must_know and kind.audience.is_buyer


def owner_must_know(code: str) -> bool:
    """Whether a store's owners must learn it, log channel or not."""
    kind = registry().get(code)
    return kind is not None and kind.must_know and not kind.audience.is_buyer
