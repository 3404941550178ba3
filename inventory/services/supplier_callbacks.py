"""Callbacks of suppliers: verified and stored at the door, applied by a worker.

A callback may carry the code that the buyer paid for, so its body is stored sealed.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from inventory.models import PurchaseAttempt, SupplierAccount
from inventory.services import purchase_facts
from inventory.services.supplier_accounts import open_supplier
from inventory.suppliers.base import PurchaseFact, SupplierRefused
from ppob.kit import jobs
from ppob.kit.db import unit_of_work
from ppob.kit.errors import DomainError, NotFound
from security import crypto
from security.models import InboxEvent
from security.services import audit, inbox
from security.states import InboxStatus

log = logging.getLogger(__name__)

SOURCE = "supplier:"


class ForgedCallback(DomainError):
    """The signature does not belong to these bytes; nothing was stored."""

    code = "BAD_SIGNATURE"
    http_status = 401
    default = "The signature is wrong."


def receive(
    *,
    kind: str,
    account_id: UUID,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> InboxEvent | None:
    """Verify the raw bytes with the account's own secret and keep them, once.

    Runs in the store's scope. None for a callback without news. Raises NotFound for an
    unknown account and ForgedCallback for a wrong signature.
    """
    account = SupplierAccount.objects.filter(public_id=account_id, kind=kind).first()
    if account is None:
        raise NotFound
    try:
        fact = open_supplier(account).read_callback(headers, body)
    except SupplierRefused as refusal:
        _note_refusal(account, refusal, now=now)
        raise ForgedCallback from None
    if fact is None:
        return None
    event_key = inbox.key_of(body)
    event, _is_new = inbox.store_event(
        source=f"{SOURCE}{kind}",
        target=account_id,
        headers=headers,
        body=crypto.seal(body.decode("latin-1"), context=_context(account, event_key)),
        now=now,
        event_key=event_key,
    )
    jobs.enqueue(
        "inventory.process_supplier_callback",
        tenant_id=event.tenant_id,
        event_id=event.pk,
    )
    return event


def process(*, event_id: int, now: datetime) -> None:
    """Apply one stored callback; running it again changes nothing."""
    event = inbox.claim_event(event_id, now=now)
    if event is None:
        return
    account = SupplierAccount.objects.get(public_id=event.target)
    try:
        body = crypto.open_sealed(
            bytes(event.body), context=_context(account, event.event_key)
        )
        fact = open_supplier(account).read_callback(
            event.headers, body.encode("latin-1")
        )
    except (SupplierRefused, crypto.CannotOpen):  # keys were changed since it came in
        inbox.close_event(event, InboxStatus.REFUSED, result="keys changed", now=now)
        return
    if fact is not None:
        _apply(event, account, fact, now=now)


def _apply(
    event: InboxEvent, account: SupplierAccount, fact: PurchaseFact, *, now: datetime
) -> None:
    attempt_id = (
        PurchaseAttempt.objects.filter(account=account, ref_id=fact.ref_id)
        .values_list("pk", flat=True)
        .first()
    )
    if attempt_id is None:
        log.warning("A callback of account %s names no attempt of ours.", account.pk)
        inbox.close_event(
            event, InboxStatus.REFUSED, result="unknown reference", now=now
        )
        return
    with unit_of_work("inventory.apply_callback"):
        status = purchase_facts.record_fact(
            attempt_id=attempt_id,
            fact=fact,
            actor=f"supplier:{account.kind}",
            now=now,
        )
        inbox.close_event(event, InboxStatus.PROCESSED, result=status.value, now=now)


def _note_refusal(
    account: SupplierAccount, refusal: SupplierRefused, *, now: datetime
) -> None:
    log.warning("Refused a callback for account %s: %s", account.pk, refusal.code)
    with unit_of_work("inventory.refuse_callback"):
        audit.record(
            actor=f"supplier:{account.kind}",
            action="callback.refused",
            object=f"supplier_account:{account.public_id}",
            now=now,
            data={"code": refusal.code},
        )


def _context(account: SupplierAccount, event_key: str) -> str:
    return f"{account.tenant_id}:supplier callback:{account.public_id}:{event_key}"
