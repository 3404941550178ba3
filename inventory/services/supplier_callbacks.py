"""Callbacks of suppliers: verified and stored at the door, applied by a worker.

A callback may carry the code that the buyer paid for, so its body is stored sealed.
What is rightly signed and cannot be used is kept, closed, and told to the seller once.
What needs keys that cannot be opened waits for them. Nothing is tried for ever.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import DataError

from inventory.models import PurchaseAttempt, SupplierAccount
from inventory.services import purchase_facts, supplier_troubles
from inventory.services.supplier_clients import open_supplier
from inventory.suppliers.base import (
    BadCallback,
    OddCallback,
    PurchaseFact,
    SupplierRefused,
    WrongCredentials,
)
from ppob.kit import jobs
from ppob.kit.db import unit_of_work
from ppob.kit.errors import DomainError, NotFound
from security import crypto
from security.models import InboxEvent
from security.services import inbox, refusals
from security.states import InboxStatus, Trouble

log = logging.getLogger(__name__)

SOURCE = supplier_troubles.INBOX_SOURCE


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
    kind: str,
    account_id: UUID,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> InboxEvent | None:
    """Verify the raw bytes with the account's own secret and keep them, once.

    Runs in the store's scope. None for a callback without news. Raises NotFound for an
    unknown account, ForgedCallback for a wrong signature, OddContent for what cannot be
    used, and KeysMissing.
    """
    account = SupplierAccount.objects.filter(public_id=account_id, kind=kind).first()
    if account is None:
        raise NotFound
    try:
        fact = open_supplier(account).read_callback(headers, body)
    except WrongCredentials:
        with unit_of_work("inventory.lack_keys"):
            supplier_troubles.report(account, Trouble.KEYS, now=now)
        raise KeysMissing from None
    except OddCallback as refusal:
        _keep_odd(account, headers, body, refusal, now=now)
        raise OddContent from None
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
        body=_seal(account, body, event_key),
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
    if inbox.is_worn_out(event):
        _hand_over(event, account, "gave up", now=now)
        return
    try:
        supplier = open_supplier(account)
        body = crypto.open_sealed(
            bytes(event.body), context=_context(account, event.event_key)
        )
        fact = supplier.read_callback(event.headers, body.encode("latin-1"))
    except WrongCredentials as refusal:
        with unit_of_work("inventory.park_callback"):
            inbox.park_event(event, result=refusal.code)
            supplier_troubles.report(account, Trouble.KEYS, now=now)
        return
    except crypto.CannotOpen:  # the account's keys can be opened, these bytes cannot
        _hand_over(event, account, "cannot be opened", now=now)
        return
    except OddCallback as refusal:  # it came in before such news was refused
        _hand_over(event, account, refusal.code, now=now)
        return
    except BadCallback:
        result = inbox.KEYS_CHANGED  # since it came in; the supplier is asked instead
        inbox.close_event(event, InboxStatus.REFUSED, result=result, now=now)
        return
    try:
        _apply(event, account, fact, now=now)
    except DataError:  # what no column takes now, it will not take later
        log.exception("Callback %s holds what cannot be stored.", event.pk)
        _hand_over(event, account, "cannot be stored", now=now)


def _hand_over(
    event: InboxEvent, account: SupplierAccount, result: str, *, now: datetime
) -> None:
    """Close what nobody can apply; the seller is told once."""
    with unit_of_work("inventory.hand_over_callback"):
        inbox.close_event(event, InboxStatus.FAILED, result=result, now=now)
        supplier_troubles.report(account, Trouble.ODD, now=now)


def _keep_odd(
    account: SupplierAccount,
    headers: Mapping[str, str],
    body: bytes,
    refusal: OddCallback,
    *,
    now: datetime,
) -> None:
    log.warning("Odd callback for account %s: %s", account.pk, refusal.code)
    event_key = inbox.refused_key(body, refusal.code)
    with unit_of_work("inventory.keep_odd_callback"):
        inbox.keep_refused(
            source=f"{SOURCE}{account.kind}",
            target=account.public_id,
            headers=headers,
            body=_seal(account, body, event_key),
            code=refusal.code,
            now=now,
            event_key=event_key,
        )
        supplier_troubles.report(account, Trouble.ODD, now=now)


def _apply(
    event: InboxEvent,
    account: SupplierAccount,
    fact: PurchaseFact | None,
    *,
    now: datetime,
) -> None:
    if fact is None:
        inbox.close_event(event, InboxStatus.PROCESSED, result="no news", now=now)
        return
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
        refusals.note(
            actor=f"supplier:{account.kind}",
            object=f"supplier_account:{account.public_id}",
            code=refusal.code,
            now=now,
        )


def _seal(account: SupplierAccount, body: bytes, event_key: str) -> bytes:
    return crypto.seal(body.decode("latin-1"), context=_context(account, event_key))


def _context(account: SupplierAccount, event_key: str) -> str:
    return f"{account.tenant_id}:supplier callback:{account.public_id}:{event_key}"
