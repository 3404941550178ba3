"""Callbacks of gateways: verified and stored at the door, applied by a worker.

What is rightly signed and cannot be used is kept, closed, and told to the seller once.
What needs keys that cannot be opened waits for them. Nothing is tried for ever.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import DataError

from payments.gateways.base import (
    BadCallback,
    GatewayRefused,
    OddCallback,
    PaymentFact,
    WrongCredentials,
)
from payments.models import Payment, PaymentMethod
from payments.services.incoming import settlement, troubles
from payments.services.incoming.gateway_client import open_gateway
from ppob.kit import jobs
from ppob.kit.db import unit_of_work
from ppob.kit.errors import DomainError, NotFound
from security.models import InboxEvent
from security.services import inbox, refusals
from security.states import InboxStatus, Trouble

log = logging.getLogger(__name__)

SOURCE = troubles.INBOX_SOURCE


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


def receive(
    *,
    gateway: str,
    method_id: UUID,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> InboxEvent:
    """Verify the raw bytes with the method's own key and keep them, once.

    Runs in the store's scope. A worker does the rest, so the answer is quick. Raises
    NotFound for an unknown method, ForgedCallback for a wrong signature, OddContent for
    what cannot be used, and KeysMissing.
    """
    method = PaymentMethod.objects.filter(public_id=method_id, gateway=gateway).first()
    if method is None:
        raise NotFound
    try:
        open_gateway(method).read_callback(headers, body)
    except WrongCredentials:
        with unit_of_work("payments.lack_keys"):
            troubles.report(method, Trouble.KEYS, now=now)
        raise KeysMissing from None
    except OddCallback as refusal:
        _keep_odd(method, headers, body, refusal, now=now)
        raise OddContent from None
    except GatewayRefused as refusal:
        _note_forgery(method, refusal, now=now)
        raise ForgedCallback from None
    event, _is_new = inbox.store_event(
        source=f"{SOURCE}{gateway}",
        target=method_id,
        headers=headers,
        body=body,
        now=now,
    )
    jobs.enqueue(
        "payments.process_callback", tenant_id=event.tenant_id, event_id=event.pk
    )
    return event


def process(*, event_id: int, now: datetime) -> None:
    """Apply one stored callback; running it again changes nothing."""
    event = inbox.claim_event(event_id, now=now)
    if event is None:
        return
    method = PaymentMethod.objects.get(public_id=event.target)
    if inbox.is_worn_out(event):
        _hand_over(event, method, "gave up", now=now)
        return
    try:
        fact = open_gateway(method).read_callback(event.headers, bytes(event.body))
    except WrongCredentials as refusal:
        with unit_of_work("payments.park_callback"):
            inbox.park_event(event, result=refusal.code)
            troubles.report(method, Trouble.KEYS, now=now)
        return
    except OddCallback as refusal:  # it came in before such news was refused
        _hand_over(event, method, refusal.code, now=now)
        return
    except BadCallback:
        result = inbox.KEYS_CHANGED  # since it came in; the gateway is asked instead
        inbox.close_event(event, InboxStatus.REFUSED, result=result, now=now)
        return
    try:
        _apply(event, method, fact, now=now)
    except DataError:  # what no column takes now, it will not take later
        log.exception("Callback %s holds what cannot be stored.", event.pk)
        _hand_over(event, method, "cannot be stored", now=now)


def _apply(
    event: InboxEvent, method: PaymentMethod, fact: PaymentFact, *, now: datetime
) -> None:
    payment = Payment.objects.filter(method=method, reference=fact.reference).first()
    if payment is None:
        log.warning("A callback of method %s names no payment of ours.", method.pk)
        inbox.close_event(
            event, InboxStatus.REFUSED, result="unknown reference", now=now
        )
        return
    try:
        status = settlement.record_fact(payment_id=payment.pk, fact=fact, now=now)
    except settlement.WrongMoney:
        _hand_over(event, method, "does not fit", now=now)
        return
    inbox.close_event(event, InboxStatus.PROCESSED, result=status.value, now=now)


def _hand_over(
    event: InboxEvent, method: PaymentMethod, result: str, *, now: datetime
) -> None:
    """Close what nobody can apply; the seller is told once."""
    with unit_of_work("payments.hand_over_callback"):
        inbox.close_event(event, InboxStatus.FAILED, result=result, now=now)
        troubles.report(method, Trouble.ODD, now=now)


def _keep_odd(
    method: PaymentMethod,
    headers: Mapping[str, str],
    body: bytes,
    refusal: OddCallback,
    *,
    now: datetime,
) -> None:
    log.warning("Odd callback for method %s: %s", method.pk, refusal.code)
    with unit_of_work("payments.keep_odd_callback"):
        inbox.keep_refused(
            source=f"{SOURCE}{method.gateway}",
            target=method.public_id,
            headers=headers,
            body=body,
            code=refusal.code,
            now=now,
        )
        troubles.report(method, Trouble.ODD, now=now)


def _note_forgery(
    method: PaymentMethod, refusal: GatewayRefused, *, now: datetime
) -> None:
    log.warning("Refused a callback for method %s: %s", method.pk, refusal.code)
    with unit_of_work("payments.refuse_callback"):
        refusals.note(
            actor=f"gateway:{method.gateway}",
            object=f"method:{method.public_id}",
            code=refusal.code,
            now=now,
        )
