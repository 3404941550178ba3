"""Callbacks of gateways and suppliers: proven and stored at the door, applied later.

One runner for all of them. An app says by a `Handler` whose callbacks it takes and what
a fact means to it; the rest is the same everywhere:

* The door proves the raw bytes with the target's own keys, stores them once, sealed
  (they may carry the code that a buyer paid for), and answers. A worker does the rest.
* A fact and the end of its event are written in one transaction.
* What is rightly signed and cannot be used is kept, closed, and told to the seller
  once.
* What needs keys that cannot be opened waits for them. Nothing is tried for ever.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from django.db import DataError

from ppob.kit.db import unit_of_work
from ppob.kit.errors import DomainError, NotFound
from ppob.kit.providers import (
    BadCallback,
    OddCallback,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
    WrongCredentials,
)
from ppob.kit.tenant_rows import TenantRow
from security import crypto
from security.models import InboxEvent
from security.services import inbox, refusals
from security.states import InboxStatus, Trouble

log = logging.getLogger(__name__)


class ForgedCallback(DomainError):
    """The signature does not belong to these bytes; nothing was stored."""

    code = "BAD_SIGNATURE"
    http_status = 401
    default = "The signature is wrong."


class OddContent(DomainError):
    """Rightly signed, and nothing that can be used; kept for a person."""

    code = "ODD_CONTENT"
    http_status = 422
    default = "Signed, but it says nothing that can be used. A person looks at it."


class KeysMissing(DomainError):
    """The store's own keys do not work: nothing can be proven, send it again later."""

    code = "KEYS_MISSING"
    http_status = 503
    default = "This cannot be verified right now. Please send it again later."


class UnknownReference(Exception):
    """The callback is about nothing of ours."""


class DoesNotFit(Exception):
    """The callback is about something of ours, and says what cannot be about it."""


class Reader(Protocol):
    """What reads callbacks: an adapter with its target's keys."""

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> Any:
        """What is proven in these bytes; None for no news.

        Raises OddCallback or BadCallback.
        """


T = TypeVar("T", bound=TenantRow)
"""The row whose keys prove a callback: a payment method, a supplier account."""


class Handler(ABC, Generic[T]):
    """What an app says about the callbacks that it takes."""

    source: ClassVar[str]
    """The beginning of an event's source; the provider's code follows (`gateway:`)."""
    noun: ClassVar[str]
    """What a target is called in the audit trail (`method`)."""

    @abstractmethod
    def find_target(self, public_id: UUID, *, provider: str = "") -> T | None:
        """The target of this address in the store's scope."""

    @abstractmethod
    def provider_of(self, target: T) -> str:
        """The code of the target's provider."""

    @abstractmethod
    def address_of(self, target: T) -> UUID:
        """The public id of the target, under which its callbacks come in."""

    @abstractmethod
    def open(self, target: T) -> Reader:
        """The target's adapter; raises WrongCredentials when its keys do not work."""

    def confirm(self, target: T, news: Any, *, now: datetime) -> Any:
        """The fact behind news that proves too little; a fact is given back as it is.

        May ask the provider, so no transaction is open. Raises UnknownReference, or
        what adapters raise for a look-up.
        """
        return news

    @abstractmethod
    def apply(self, target: T, fact: Any, *, now: datetime) -> str:
        """Write down what a fact means; what became of it in a word.

        Runs inside a transaction. Raises UnknownReference or DoesNotFit, having
        changed nothing.
        """

    @abstractmethod
    def enqueue(self, event: InboxEvent) -> None:
        """Have a worker call `process` with the event's id, after the commit."""

    @abstractmethod
    def report(self, target: T, trouble: Trouble, *, now: datetime) -> bool:
        """Mark the target and tell its seller, once; in a transaction."""

    @abstractmethod
    def read_old_body(self, target: T, event: InboxEvent) -> bytes:
        """The body of an event that was stored before bodies were sealed alike."""


def receive(
    handler: Handler[T],
    *,
    provider: str,
    target_id: UUID,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> InboxEvent | None:
    """Prove the raw bytes with the target's own keys and keep them, once.

    Runs in the store's scope. A worker does the rest, so the answer is quick. None for
    proven bytes without news. Raises NotFound for an unknown target, ForgedCallback for
    a wrong signature, OddContent for what cannot be used, and KeysMissing.
    """
    target = handler.find_target(target_id, provider=provider)
    if target is None:
        raise NotFound
    try:
        news = handler.open(target).read_callback(headers, body)
    except WrongCredentials:
        with unit_of_work("security.lack_callback_keys"):
            handler.report(target, Trouble.KEYS, now=now)
        raise KeysMissing from None
    except OddCallback as refusal:
        _keep_odd(handler, target, headers, body, refusal, now=now)
        raise OddContent from None
    # Last, because the two above are refusals as well.
    except ProviderRefused as refusal:
        _note_forgery(handler, target, refusal, now=now)
        raise ForgedCallback from None
    if news is None:
        return None
    event, _is_new = inbox.store_event(
        source=f"{handler.source}{provider}",
        target=target_id,
        headers=headers,
        body=body,
        now=now,
    )
    handler.enqueue(event)
    return event


def process(handler: Handler[T], *, event_id: int, now: datetime) -> None:
    """Apply one stored callback; running it again changes nothing."""
    event = inbox.claim_event(event_id, now=now)
    if event is None:
        return
    target = handler.find_target(event.target)
    if target is None:  # rows with an event are not deleted
        raise LookupError(f"Event {event.pk} is for nobody.")
    # Before anything is tried: what ends its worker each time gets no further.
    if inbox.is_worn_out(event):
        _hand_over(handler, event, target, "gave up", now=now)
        return
    try:
        # Keys first: where nothing can be opened at all, the event waits for them.
        adapter = handler.open(target)
        body = _body_of(handler, target, event)
        news = adapter.read_callback(event.headers, body)
    except WrongCredentials as refusal:
        with unit_of_work("security.park_callback"):
            inbox.park_event(event, result=refusal.code)
            handler.report(target, Trouble.KEYS, now=now)
        return
    except crypto.CannotOpen:  # the target's keys can be opened, these bytes cannot
        _hand_over(handler, event, target, "cannot be opened", now=now)
        return
    except OddCallback as refusal:  # it came in before such news was refused
        _hand_over(handler, event, target, refusal.code, now=now)
        return
    except BadCallback:
        result = inbox.KEYS_CHANGED  # since it came in; the provider is asked instead
        inbox.close_event(event, InboxStatus.REFUSED, result=result, now=now)
        return
    _use(handler, event, target, news, now=now)


def _use(
    handler: Handler[T], event: InboxEvent, target: T, news: Any, *, now: datetime
) -> None:
    """Write down what the news means, and that it was."""
    if news is None:
        inbox.close_event(event, InboxStatus.PROCESSED, result="no news", now=now)
        return
    try:
        fact = handler.confirm(target, news, now=now)
        with unit_of_work("security.apply_callback"):
            result = handler.apply(target, fact, now=now)
            inbox.close_event(event, InboxStatus.PROCESSED, result=result, now=now)
    except UnknownReference:
        log.warning("A callback of %s %s is about nothing.", handler.noun, target.pk)
        result = "unknown reference"
        inbox.close_event(event, InboxStatus.REFUSED, result=result, now=now)
    except DoesNotFit:
        _hand_over(handler, event, target, "does not fit", now=now)
    except DataError:  # what no column takes now, it will not take later
        log.exception("Callback %s holds what cannot be stored.", event.pk)
        _hand_over(handler, event, target, "cannot be stored", now=now)
    except (ProviderRefused, ProviderUnreachable, OutcomeUnknown) as silence:
        # It was to be confirmed and was not: its lease ends, and it is tried again.
        log.warning("Callback %s is not confirmed: %s", event.pk, silence)


def _body_of(handler: Handler[T], target: T, event: InboxEvent) -> bytes:
    if event.sealed_body:
        return event.reveal_body()
    return handler.read_old_body(target, event)


def _hand_over(
    handler: Handler[T], event: InboxEvent, target: T, result: str, *, now: datetime
) -> None:
    """Close what nobody can apply; the seller is told once."""
    with unit_of_work("security.hand_over_callback"):
        inbox.close_event(event, InboxStatus.FAILED, result=result, now=now)
        handler.report(target, Trouble.ODD, now=now)


def _keep_odd(
    handler: Handler[T],
    target: T,
    headers: Mapping[str, str],
    body: bytes,
    refusal: OddCallback,
    *,
    now: datetime,
) -> None:
    log.warning("Odd callback for %s %s: %s", handler.noun, target.pk, refusal.code)
    with unit_of_work("security.keep_odd_callback"):
        inbox.keep_refused(
            source=f"{handler.source}{handler.provider_of(target)}",
            target=handler.address_of(target),
            headers=headers,
            body=body,
            code=refusal.code,
            now=now,
        )
        handler.report(target, Trouble.ODD, now=now)


def _note_forgery(
    handler: Handler[T], target: T, refusal: ProviderRefused, *, now: datetime
) -> None:
    log.warning(
        "Refused a callback for %s %s: %s", handler.noun, target.pk, refusal.code
    )
    with unit_of_work("security.refuse_callback"):
        refusals.note(
            actor=f"{handler.source}{handler.provider_of(target)}",
            object=f"{handler.noun}:{handler.address_of(target)}",
            code=refusal.code,
            now=now,
        )
