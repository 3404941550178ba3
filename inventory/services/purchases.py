"""Buying units at suppliers: each at most once, whatever crashes or repeats.

Write, call, write: the attempt with our reference is committed first, then the supplier
is called with no transaction open, then its answer is written down. Asking again is the
same request with the same reference. A reference that was given up is never sent again,
because for some suppliers that would buy.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from inventory import locks
from inventory.events import PurchaseLate, PurchaseProgressed
from inventory.models import BillInquiry, Purchase, PurchaseAttempt
from inventory.services import (
    bill_days,
    breaker,
    purchase_facts,
    purchase_routes,
    purchase_transitions,
    supplier_calls,
    usual_times,
)
from inventory.states import (
    LIVE_ATTEMPTS,
    OPEN_PURCHASES,
    AttemptStatus,
    CallEnd,
    PurchaseStatus,
)
from inventory.suppliers.base import (
    AddressRefused,
    KeysRefused,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
    PurchaseFact,
    WrongCredentials,
)
from ppob.kit import ids
from ppob.kit.db import forbid_transaction, require_transaction, unit_of_work
from ppob.kit.errors import Conflict
from ppob.kit.events import announce

log = logging.getLogger(__name__)

OWNER_AFTER = timedelta(minutes=30)
ASK_FOR = timedelta(hours=24)  # later, only a person has a reference sent again
CALL_LEASE = timedelta(seconds=120)
# A process that was asleep since its claim must not call any more: by the end of the
# lease its call has to be over (connecting and reading take at most 95 seconds).
START_WITHIN_SECS = 15
# Whatever is sent there, nothing of it is looked at.
_AT_THE_DOOR = (AddressRefused, KeysRefused, WrongCredentials)
ACTOR = "inventory.purchases"


class PurchaseDiffers(Conflict):
    """This unit was asked for before, with another product or destination."""

    code = "PURCHASE_DIFFERS"
    default = _("This unit is already being bought with other details.")


class OutcomeUnclear(Conflict):
    """Nobody knows yet whether the supplier has bought it; nothing was changed."""

    code = "OUTCOME_UNCLEAR"
    default = _("It is not certain yet whether the supplier has delivered this.")


class AlreadyBought(Conflict):
    """The unit was bought; it cannot be given up any more."""

    code = "ALREADY_BOUGHT"
    default = _("The supplier has already delivered this.")


def submit(  # noqa: PLR0913 - one column each
    *,
    holder: UUID,
    unit_no: int,
    product: Product,
    destination: str,
    ceiling: int,
    now: datetime,
    is_test: bool = False,
    starts_at: datetime | None = None,
    inquiry: BillInquiry | None = None,
    player: tuple[str, str] = ("", ""),
) -> Purchase:
    """Have one unit of the order line `holder` bought for at most `ceiling` rupiah.

    What was paid with test money (`is_test`) is bought from test accounts only. No
    supplier hears of it before `starts_at`. A bill is paid under the reference of its
    `inquiry`, at the supplier that answered it. `player` is the name that the buyer
    confirmed, and the supplier that told it.

    Part of the caller's transaction. Asking again for the same unit gives the same
    purchase. If no supplier can serve now, it is tried again until the owner takes
    over. `purchase_settled` tells the outcome. Raises PurchaseDiffers.
    """
    require_transaction()
    public_id = ids.new_id()
    begins = max(now, starts_at or now)
    player_name, named_by = player
    # The unique key decides: who comes second for a unit waits and reads the first
    # one's.
    Purchase.objects.bulk_create(
        [
            Purchase(
                tenant_id=product.tenant_id,
                public_id=public_id,
                holder=holder,
                unit_no=unit_no,
                product=product,
                inquiry=inquiry,
                destination=destination,
                player_name=player_name,
                named_by=named_by,
                ceiling=ceiling,
                is_test=is_test,
                created_at=now,
                starts_at=starts_at,
                promised_at=begins + usual_times.promise_for(product.pk, now=now),
                due_at=begins + OWNER_AFTER,
            )
        ],
        ignore_conflicts=True,
    )
    purchase: Purchase = Purchase.objects.get(holder=holder, unit_no=unit_no)
    if (purchase.product_id, purchase.destination) != (product.pk, destination):
        raise PurchaseDiffers
    # Only who wrote the row makes its first attempt.
    if purchase.public_id == public_id:
        purchase_transitions.PURCHASES.note_created(purchase, actor=ACTOR, now=now)
        purchase_routes.queue_attempt(purchase, actor=ACTOR, now=now)
    return purchase


def advance(*, attempt_id: int, now: datetime) -> None:
    """Do what is due about an attempt: send it, or ask what has become of it."""
    # Read without a lock, as a hint which way to go: the claim looks again.
    status = (
        PurchaseAttempt.objects.filter(pk=attempt_id)
        .values_list("status", flat=True)
        .first()
    )
    if status == AttemptStatus.QUEUED:
        send(attempt_id=attempt_id, now=now)
    elif status in LIVE_ATTEMPTS:
        check(attempt_id=attempt_id, now=now)


def send(*, attempt_id: int, now: datetime) -> None:
    """Send a queued attempt to its supplier; one caller at a time, safe to repeat."""
    _call(attempt_id, now=now, claim=_claim_send)


def check(*, attempt_id: int, now: datetime) -> None:
    """Ask what has become of an attempt, with its own reference; safe to repeat.

    Nothing happens before it is due, for a fenced attempt, or `ASK_FOR` after it was
    first sent; then it waits for its owner.
    """
    _call(attempt_id, now=now, claim=_claim_check)


def ask_now(*, attempt_id: int, now: datetime) -> None:
    """Ask at a person's request: before it is due, and after `ASK_FOR`.

    The adapter still refuses once the supplier may have forgotten the reference.
    """
    _call(attempt_id, now=now, claim=_claim_question)


def find_supplier_again(*, purchase_id: int, now: datetime) -> None:
    """Queue an attempt for an open purchase that no supplier could serve before."""
    with unit_of_work("inventory.find_supplier_again"):
        purchase = locks.lock_purchase(purchase_id)
        is_waiting = purchase.status == PurchaseStatus.OPEN and now < purchase.due_at
        if is_waiting and locks.live_attempt(purchase) is None:
            purchase_routes.queue_attempt(purchase, actor=ACTOR, now=now)


def hand_to_owner(*, purchase_id: int, now: datetime) -> None:
    """Let the owner decide about a purchase that is open for too long."""
    with unit_of_work("inventory.hand_to_owner"):
        purchase = locks.lock_purchase(purchase_id)
        # Under the lock: it may be settled, or tried again, since the sweep read it.
        if purchase.status == PurchaseStatus.OPEN and purchase.due_at <= now:
            purchase_transitions.move_purchase(
                purchase,
                PurchaseStatus.NEEDS_OWNER,
                actor=ACTOR,
                now=now,
                reason="open for too long",
            )


def note_late(*, purchase_id: int, now: datetime) -> None:
    """The promise is over and nothing is settled: say so, once."""
    with unit_of_work("inventory.note_late"):
        purchase = locks.lock_purchase(purchase_id)
        is_late = purchase.status in OPEN_PURCHASES and purchase.promised_at <= now
        if not is_late or purchase.late_at is not None:
            return
        purchase.late_at = now
        purchase.save(update_fields=["late_at"])
        announce(PurchaseProgressed(purchase.tenant_id, purchase, "late"))
        announce(PurchaseLate(purchase.tenant_id, purchase))


def give_up(
    *, purchase_id: int, actor: str, reason: str, now: datetime, renamed_to: str = ""
) -> Purchase:
    """Close a purchase that certainly bought nothing, and fence its attempt.

    `renamed_to` is the other name that its account has by now, where that is why.
    Giving up twice is once. Raises AlreadyBought, or OutcomeUnclear while the supplier
    may have bought it.
    """
    with unit_of_work("inventory.give_up"):
        purchase = locks.lock_purchase(purchase_id)
        if purchase.status == PurchaseStatus.SUCCEEDED:
            raise AlreadyBought
        if purchase.status not in OPEN_PURCHASES:
            return purchase
        attempt = locks.live_attempt(purchase)
        if attempt is not None:
            # Sent is sent: neither silence nor time proves that nothing was bought.
            if attempt.status != AttemptStatus.QUEUED:
                raise OutcomeUnclear
            purchase_transitions.move_attempt(
                attempt, AttemptStatus.FAILED, actor=actor, now=now, reason=reason
            )
        return purchase_transitions.move_purchase(
            purchase,
            PurchaseStatus.FAILED,
            actor=actor,
            now=now,
            reason=reason,
            renamed_to=renamed_to,
        )


def _call(
    attempt_id: int,
    *,
    now: datetime,
    claim: Callable[[int, datetime], PurchaseAttempt | None],
) -> None:
    forbid_transaction()
    started = time.monotonic()
    attempt = claim(attempt_id, now)
    if attempt is None:
        return
    is_late = time.monotonic() - started > START_WITHIN_SECS
    if is_late:
        return  # the lease runs out, and whoever comes then asks
    try:
        # Keys that cannot be opened are a refusal in here, too: nothing has left then.
        fact = _ask(attempt, now=now)
    except ProviderRefused as refusal:
        log.warning("The supplier refused %s: %s", attempt, refusal.code)
        purchase_facts.record_refusal(
            attempt_id=attempt_id, refusal=refusal, actor=ACTOR, now=now
        )
        if isinstance(refusal, _AT_THE_DOOR):
            breaker.note_call(attempt, CallEnd.REFUSED, now=now)
    except ProviderUnreachable:
        purchase_facts.record_not_sent(attempt_id=attempt_id, actor=ACTOR, now=now)
        breaker.note_call(attempt, CallEnd.SILENT, now=now)
    except OutcomeUnknown:
        purchase_facts.record_silence(attempt_id=attempt_id, actor=ACTOR, now=now)
        breaker.note_call(attempt, CallEnd.SILENT, now=now)
    else:
        purchase_facts.record_fact(
            attempt_id=attempt_id, fact=fact, actor=ACTOR, now=now, is_answer=True
        )
        end = CallEnd.REFUSED if fact.is_account_trouble else CallEnd.ANSWERED
        breaker.note_call(attempt, end, now=now)


def _ask(attempt: PurchaseAttempt, *, now: datetime) -> PurchaseFact:
    # Some suppliers take the same request for both; the others must only be asked.
    if attempt.status == AttemptStatus.SENDING:
        return supplier_calls.begin(attempt, now=now)
    return supplier_calls.look_up(attempt, now=now)


def _claim_send(attempt_id: int, now: datetime) -> PurchaseAttempt | None:
    """The attempt, ours to send for the length of a lease, or None."""
    with unit_of_work("inventory.claim_attempt"):
        attempt = locks.lock_attempt(attempt_id)
        purchase = attempt.purchase
        # What its owner has, or will have in a moment, must not be bought any more.
        is_wanted = purchase.status == PurchaseStatus.OPEN and now < purchase.due_at
        if (
            attempt.status != AttemptStatus.QUEUED
            or not is_wanted
            or _rests(attempt, now)
            or not bill_days.may_send(attempt, actor=ACTOR, now=now)
            or not _is_let_through(attempt, now)
        ):
            return None
        return purchase_transitions.move_attempt(
            attempt,
            AttemptStatus.SENDING,
            actor=ACTOR,
            now=now,
            calls=1,
            first_sent_at=now,
            claimed_until=now + CALL_LEASE,
            # Due when the lease ends: if this process dies, a sweep asks then.
            due_at=now + CALL_LEASE,
        )


def _is_let_through(attempt: PurchaseAttempt, now: datetime) -> bool:
    """Whether a locked attempt may go to its supplier now; else it goes on or waits."""
    if attempt.account.is_answering or breaker.take_trial(attempt):
        return True
    # Nothing of it has left, so another supplier may have it.
    if purchase_routes.divert(attempt, actor=ACTOR, now=now, reason="down"):
        return False
    if not attempt.account.is_active:
        return True  # nobody looks whether it is back, and this was sent to it
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(
        due_at=breaker.next_look(attempt.account, now=now),
        checks=max(attempt.checks, 1),  # has waited, see `breaker`
    )
    return False


def _claim_check(attempt_id: int, now: datetime) -> PurchaseAttempt | None:
    with unit_of_work("inventory.claim_check"):
        attempt = locks.lock_attempt(attempt_id)
        if _rests(attempt, now) or not _is_sent(attempt):
            return None
        if _is_too_old(attempt, now):
            purchase_facts.stop_asking(attempt, actor=ACTOR, now=now)
            return None
        return _take_for_question(attempt, now)


def _claim_question(attempt_id: int, now: datetime) -> PurchaseAttempt | None:
    with unit_of_work("inventory.claim_question"):
        attempt = locks.lock_attempt(attempt_id)
        is_taken = attempt.claimed_until is not None and attempt.claimed_until > now
        if is_taken or not _is_sent(attempt):
            return None
        return _take_for_question(attempt, now)


def _take_for_question(attempt: PurchaseAttempt, now: datetime) -> PurchaseAttempt:
    if attempt.status == AttemptStatus.SENDING:
        # Whoever sent it has died or has no answer yet: it may have arrived.
        purchase_transitions.move_attempt(
            attempt, AttemptStatus.UNKNOWN, actor=ACTOR, now=now, reason="lease over"
        )
    changes = {
        "calls": attempt.calls + 1,
        "checks": attempt.checks + 1,
        "claimed_until": now + CALL_LEASE,
        "due_at": None if _is_too_old(attempt, now) else now + CALL_LEASE,
    }
    PurchaseAttempt.objects.filter(pk=attempt.pk).update(**changes)
    for name, value in changes.items():
        setattr(attempt, name, value)
    return attempt


def _rests(attempt: PurchaseAttempt, now: datetime) -> bool:
    return attempt.due_at is None or attempt.due_at > now


def _is_sent(attempt: PurchaseAttempt) -> bool:
    return attempt.status in (AttemptStatus.SENDING, AttemptStatus.UNKNOWN)


def _is_too_old(attempt: PurchaseAttempt, now: datetime) -> bool:
    # Without a time it counts as old: asking about it could buy.
    return attempt.first_sent_at is None or now - attempt.first_sent_at >= ASK_FOR
