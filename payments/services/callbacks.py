"""Callbacks of gateways: verified and stored at the door, applied by a worker."""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from payments.gateways.base import BadCallback, GatewayRefused, PaymentFact
from payments.models import Payment, PaymentMethod
from payments.services import settlement
from payments.services.connect import open_gateway
from ppob.kit import jobs
from ppob.kit.db import unit_of_work
from ppob.kit.errors import DomainError, NotFound
from security.models import InboxEvent
from security.services import audit, inbox
from security.states import InboxStatus

log = logging.getLogger(__name__)

SOURCE = "gateway:"


class ForgedCallback(DomainError):
    """The signature does not belong to these bytes; nothing was stored."""

    code = "BAD_SIGNATURE"
    http_status = 401
    default = "The signature is wrong."


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
    NotFound for an unknown method and ForgedCallback for a wrong signature.
    """
    method = PaymentMethod.objects.filter(public_id=method_id, gateway=gateway).first()
    if method is None:
        raise NotFound
    try:
        open_gateway(method).read_callback(headers, body)
    except GatewayRefused as refusal:
        log.warning("Refused a callback for method %s: %s", method_id, refusal.code)
        with unit_of_work("payments.refuse_callback"):
            audit.record(
                actor=f"gateway:{gateway}",
                action="callback.refused",
                object=f"method:{method_id}",
                now=now,
                data={"code": refusal.code},
            )
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
    try:
        fact = open_gateway(method).read_callback(event.headers, bytes(event.body))
    except BadCallback as refusal:  # the keys were changed after it came in
        inbox.close_event(event, InboxStatus.REFUSED, result=refusal.code, now=now)
        return
    _apply(event, method, fact, now=now)


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
        inbox.close_event(event, InboxStatus.FAILED, result="does not fit", now=now)
        return
    inbox.close_event(event, InboxStatus.PROCESSED, result=status.value, now=now)
