"""What suppliers say about our purchases, and what follows from it.

An outcome is written once and never taken back. A supplier that later says the opposite
gives evidence for its owner's queue, not another outcome. Nothing here waits for a
failure to become true: unknown stays unknown until somebody knows.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from inventory import locks
from inventory.events import PurchaseContradicted
from inventory.models import PurchaseAttempt
from inventory.services import purchase_routes, purchase_transitions
from inventory.states import (
    LIVE_ATTEMPTS,
    AttemptStatus,
    Discrepancy,
    PurchaseStatus,
)
from inventory.suppliers.base import FactState, ProviderRefused, PurchaseFact, TooOld
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.events import announce

log = logging.getLogger(__name__)

# A failure counts when it is reported again after this time: the supplier may correct
# itself, and an earlier request with the same reference may still be under way.
CONFIRM_AFTER = timedelta(seconds=60)
UNREACHABLE_PATIENCE = timedelta(minutes=2)
ASK_AFTER_SECS = 20
ASK_AT_LEAST_EVERY_SECS = 300
CLOCK = "clock"  # who moves what nobody did anything about
_UNDER_WAY = (AttemptStatus.SENDING, AttemptStatus.UNKNOWN)
_HAS_TRANSACTION = (
    FactState.SUCCEEDED,
    FactState.PENDING,
    FactState.FAILED,
    FactState.REFUNDED,
)


class WrongReference(ValueError):
    """The fact is about another reference than the attempt's."""


def record_fact(
    *,
    attempt_id: int,
    fact: PurchaseFact,
    actor: str,
    now: datetime,
    is_answer: bool = False,
) -> AttemptStatus:
    """Apply what a supplier said about an attempt; repeating it changes nothing.

    `is_answer` tells that it answered our own request, so that it is not older news.
    Returns where the attempt stands now. Raises WrongReference.
    """
    with unit_of_work("inventory.record_fact"):
        attempt = locks.lock_attempt(attempt_id)
        if fact.ref_id != attempt.ref_id:
            raise WrongReference(fact.ref_id)
        if fact.supplier_reference and not attempt.supplier_reference:
            # For ever: what another attempt has, the database refuses.
            attempt.supplier_reference = fact.supplier_reference[:64]
            attempt.save(update_fields=["supplier_reference"])
        if attempt.status not in LIVE_ATTEMPTS:
            _compare(attempt, fact, now=now)
        elif attempt.status != AttemptStatus.QUEUED or _take_as_sent(
            attempt, fact, actor=actor, now=now
        ):
            _apply(attempt, fact, actor=actor, now=now, is_answer=is_answer)
        return AttemptStatus(attempt.status)


def record_refusal(
    *, attempt_id: int, refusal: ProviderRefused, actor: str, now: datetime
) -> None:
    """Our request was turned away at the door.

    For the first request that means failed. A later one says nothing about those before
    it, so the outcome stays unknown.
    """
    with unit_of_work("inventory.record_refusal"):
        attempt = locks.lock_attempt(attempt_id)
        # A callback may have settled it while our request was turned away.
        if attempt.status not in _UNDER_WAY:
            return
        if _is_first_call(attempt):
            fact = PurchaseFact(
                ref_id=attempt.ref_id,
                state=FactState.NOT_FORMED,
                rc=refusal.code[:16],
                message="",
                # Turned away before the purchase was looked at: its owner has to see
                # why.
                is_account_trouble=True,
            )
            _fail(attempt, fact, actor=actor, now=now)
        elif isinstance(refusal, TooOld):
            stop_asking(attempt, actor=actor, now=now)
        else:
            _keep_unknown(attempt, actor=actor, now=now, rc=refusal.code[:16])


def record_not_sent(*, attempt_id: int, actor: str, now: datetime) -> None:
    """Our request certainly did not leave: it does not count as a call.

    A supplier that stays away for long loses a purchase it has never heard of to the
    next one.
    """
    with unit_of_work("inventory.record_not_sent"):
        attempt = locks.lock_attempt(attempt_id)
        if attempt.status == AttemptStatus.UNKNOWN:
            # Still unknown: that this one did not leave says nothing about the first.
            _keep_unknown(
                attempt, actor=actor, now=now, calls=max(attempt.calls - 1, 0)
            )
        elif attempt.status == AttemptStatus.SENDING:
            _release(attempt, actor=actor, now=now)


def record_silence(*, attempt_id: int, actor: str, now: datetime) -> None:
    """Our request may have arrived, but no usable answer came back."""
    with unit_of_work("inventory.record_silence"):
        attempt = locks.lock_attempt(attempt_id)
        if attempt.status in _UNDER_WAY:
            _keep_unknown(attempt, actor=actor, now=now)


def seen_by_owner(attempt: PurchaseAttempt, serial_number: str) -> PurchaseFact:
    """What the owner read on the supplier's own pages."""
    return PurchaseFact(
        ref_id=attempt.ref_id,
        state=FactState.SUCCEEDED,
        rc="owner",
        message="",
        cost=attempt.cost,
        serial_number=serial_number,
    )


def next_check(attempt: PurchaseAttempt, *, now: datetime) -> datetime:
    """When to ask again: after 20, 40, 80 … seconds, at least every five minutes."""
    waited = ASK_AFTER_SECS * 2 ** min(attempt.checks, 10)
    return now + timedelta(seconds=min(waited, ASK_AT_LEAST_EVERY_SECS))


def _apply(
    attempt: PurchaseAttempt,
    fact: PurchaseFact,
    *,
    actor: str,
    now: datetime,
    is_answer: bool,
) -> None:
    # What only a person can read may be about a transaction, too.
    hints = fact.state is not FactState.NOT_FORMED
    if hints and attempt.formed_at is None:
        PurchaseAttempt.objects.filter(pk=attempt.pk).update(formed_at=now)
        attempt.formed_at = now
    if fact.state is FactState.SUCCEEDED:
        succeed(attempt, fact, actor=actor, now=now)
    elif fact.state in (FactState.FAILED, FactState.REFUNDED):
        _fail_if_confirmed(attempt, fact, actor=actor, now=now)
    elif fact.state is FactState.NOT_FORMED and attempt.formed_at is None:
        # Proof is only the answer to the only request: other news may be older than a
        # request that is under way.
        if is_answer and _is_first_call(attempt):
            _fail(attempt, fact, actor=actor, now=now)
        else:
            _fail_if_confirmed(attempt, fact, actor=actor, now=now)
    else:
        # A transaction that is under way takes back an earlier word of failure.
        _keep_unknown(
            attempt,
            actor=actor,
            now=now,
            rc=fact.rc,
            message=fact.message,
            failed_once_at=None,
        )


def succeed(
    attempt: PurchaseAttempt, fact: PurchaseFact, *, actor: str, now: datetime
) -> None:
    """The locked attempt has bought the unit: this settles its purchase, too."""
    require_transaction()
    purchase = attempt.purchase
    _keep_serial_number(attempt, fact)
    purchase_transitions.move_attempt(
        attempt,
        AttemptStatus.SUCCEEDED,
        actor=actor,
        now=now,
        rc=fact.rc,
        message=fact.message,
        cost=fact.cost,
        checked_at=now,
    )
    if fact.serial_number:
        purchase.serial_number = fact.serial_number
        purchase.save(update_fields=["serial_number"])
    purchase_transitions.move_purchase(
        purchase, PurchaseStatus.SUCCEEDED, actor=actor, now=now, cost=fact.cost
    )
    # The goods are there, so it is a success: the price is between the owner and the
    # supplier.
    if fact.cost is not None and fact.cost > purchase.ceiling:
        _discrepancy(attempt, Discrepancy.OVERCHARGED, now=now)


def _fail_if_confirmed(
    attempt: PurchaseAttempt, fact: PurchaseFact, *, actor: str, now: datetime
) -> None:
    first = attempt.failed_once_at
    if first is not None and now - first >= CONFIRM_AFTER:
        _fail(attempt, fact, actor=actor, now=now)
        return
    first = first or now
    _keep_unknown(
        attempt,
        actor=actor,
        now=now,
        rc=fact.rc,
        message=fact.message,
        failed_once_at=first,
        due_at=first + CONFIRM_AFTER,
    )


def _fail(
    attempt: PurchaseAttempt, fact: PurchaseFact, *, actor: str, now: datetime
) -> None:
    """Fence the attempt; then another supplier, the owner, or the end.

    Only a failure that formed no transaction may go on to another supplier, and only
    while the purchase has not become the owner's business.
    """
    purchase = attempt.purchase
    # Before the next attempt: the database allows a purchase one that has not failed.
    purchase_transitions.move_attempt(
        attempt,
        AttemptStatus.FAILED,
        actor=actor,
        now=now,
        reason=fact.rc,
        rc=fact.rc,
        message=fact.message,
        checked_at=now,
    )
    is_open = purchase.status == PurchaseStatus.OPEN
    may_go_on = is_open and attempt.formed_at is None
    if may_go_on and purchase_routes.queue_attempt(purchase, actor=actor, now=now):
        return
    if not fact.is_account_trouble:
        purchase_transitions.move_purchase(
            purchase, PurchaseStatus.FAILED, actor=actor, now=now, reason=fact.rc
        )
    elif is_open:
        log.error("The supplier account %s needs its owner.", attempt.account_id)
        purchase_transitions.move_purchase(
            purchase, PurchaseStatus.NEEDS_OWNER, actor=actor, now=now, reason=fact.rc
        )


def _release(attempt: PurchaseAttempt, *, actor: str, now: datetime) -> None:
    is_away = now - attempt.created_at >= UNREACHABLE_PATIENCE
    purchase_transitions.move_attempt(
        attempt,
        AttemptStatus.QUEUED,
        actor=actor,
        now=now,
        reason="unreachable",
        # As if never sent: a reference ages from the request that really left.
        calls=0,
        checks=attempt.checks + 1,
        first_sent_at=None,
        claimed_until=None,
        due_at=next_check(attempt, now=now),
    )
    # With no other account it waits for this one, until its owner takes over.
    if is_away and attempt.purchase.status == PurchaseStatus.OPEN:
        purchase_routes.divert(attempt, actor=actor, now=now, reason="unreachable")


def _keep_unknown(
    attempt: PurchaseAttempt, *, actor: str, now: datetime, **fields: Any
) -> None:
    changes = {
        "checked_at": now,
        "claimed_until": None,
        "due_at": next_check(attempt, now=now),
        **fields,
    }
    # Unknown before: a question more is no step, so it leaves no event.
    if attempt.status == AttemptStatus.UNKNOWN:
        PurchaseAttempt.objects.filter(
            pk=attempt.pk, status=AttemptStatus.UNKNOWN
        ).update(**changes)
        return
    purchase_transitions.move_attempt(
        attempt,
        AttemptStatus.UNKNOWN,
        actor=actor,
        now=now,
        reason=fields.get("rc", ""),
        **changes,
    )


def stop_asking(attempt: PurchaseAttempt, *, actor: str, now: datetime) -> None:
    """Leave a locked attempt whose reference is too old to be sent to its owner."""
    require_transaction()
    # Due no more: only a person has so old a reference sent again.
    _keep_unknown(attempt, actor=actor, now=now, due_at=None)
    if attempt.purchase.status == PurchaseStatus.OPEN:
        purchase_transitions.move_purchase(
            attempt.purchase,
            PurchaseStatus.NEEDS_OWNER,
            actor=actor,
            now=now,
            reason="too old to ask",
        )


def _is_first_call(attempt: PurchaseAttempt) -> bool:
    """Whether only one request was ever sent, and this is the time of its answer."""
    return attempt.status == AttemptStatus.SENDING and attempt.calls == 1


def _take_as_sent(
    attempt: PurchaseAttempt, fact: PurchaseFact, *, actor: str, now: datetime
) -> bool:
    """A supplier that shows a transaction got a request that we believed lost."""
    if fact.state not in _HAS_TRANSACTION:
        return False
    purchase_transitions.move_attempt(
        attempt,
        AttemptStatus.SENDING,
        actor=actor,
        now=now,
        reason="the supplier has it",
        calls=1,
        # The earliest it can have left: so it is never taken for younger than it is.
        first_sent_at=attempt.created_at,
    )
    return True


def _compare(attempt: PurchaseAttempt, fact: PurchaseFact, *, now: datetime) -> None:
    """A settled attempt: notice when the supplier now says the opposite."""
    has_failed = attempt.status == AttemptStatus.FAILED
    if has_failed and fact.state is FactState.SUCCEEDED:
        _keep_serial_number(attempt, fact)
        _discrepancy(attempt, Discrepancy.LATE_SUCCESS, now=now, cost=fact.cost)
    elif not has_failed and fact.state in (FactState.FAILED, FactState.REFUNDED):
        _discrepancy(attempt, Discrepancy.REVERSED, now=now)


def _discrepancy(
    attempt: PurchaseAttempt, discrepancy: Discrepancy, *, now: datetime, **fields: Any
) -> None:
    # The row decides: repeated news is told once.
    is_news = (
        PurchaseAttempt.objects.filter(pk=attempt.pk)
        .exclude(discrepancy=discrepancy)
        .update(
            discrepancy=discrepancy,
            discrepancy_at=now,
            discrepancy_noted_at=None,
            **fields,
        )
    )
    if is_news:
        log.error("The supplier contradicts itself about %s: %s", attempt, discrepancy)
        attempt.discrepancy, attempt.discrepancy_at = discrepancy, now
        announce(PurchaseContradicted(attempt.tenant_id, attempt))


def _keep_serial_number(attempt: PurchaseAttempt, fact: PurchaseFact) -> None:
    if fact.serial_number and not attempt.serial_number:
        attempt.serial_number = fact.serial_number
        attempt.save(update_fields=["serial_number"])
