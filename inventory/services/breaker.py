"""A supplier that does not answer is left alone until it does: a circuit breaker.

Closed, purchases go there. After some calls without an answer it opens: paid orders go
to other suppliers or wait, new ones are not taken, and now and then something harmless
is asked (the deposit). Answers to that lead to a trial: one purchase that waits is
sent. Its answer closes the breaker, its silence opens it for longer. Where nobody
waits, more good probes close it. So a supplier that comes and goes does not make panels
blink.

All of it stands in the account's row, which every process reads anyway. What is noted
here is no part of a purchase's own transaction: a lost sign costs nothing.
"""

import logging
from datetime import datetime, timedelta

from inventory import locks
from inventory.events import SupplierBack, SupplierDown
from inventory.models import BreakerEvent, PurchaseAttempt, SupplierAccount
from inventory.models.breaker import RECENT
from inventory.services import deposits
from inventory.services.supplier_clients import open_supplier
from inventory.states import (
    BREAKER_TRANSITIONS,
    AttemptStatus,
    Breaker,
    CallEnd,
)
from inventory.suppliers.base import (
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
)
from ppob.kit import jobs, live
from ppob.kit.db import forbid_transaction, require_transaction, unit_of_work
from ppob.kit.events import announce
from ppob.kit.machine import Machine, Transition

log = logging.getLogger(__name__)

ACTOR = "inventory.breaker"
_OUT = (AttemptStatus.SENDING, AttemptStatus.UNKNOWN)
SILENT_IN_A_ROW, REFUSED_IN_A_ROW = 5, 3
BAD_OF_RECENT = 12
FIRST_PROBE_SECS, LONGEST_WAIT_SECS = 30, 300
AGAIN = timedelta(seconds=10)  # after a good probe, and for who waits for the trial
PROBE_LEASE = timedelta(seconds=100)  # connecting and reading take at most 95
GOOD_FOR_TRIAL, GOOD_TO_CLOSE = 2, 5
# Down again within this time of its recovery, it is not believed as soon as before.
RELAPSE = timedelta(minutes=10)


def is_broken(recent: str) -> bool:
    """Whether these signs of the last calls (`CallEnd`, the newest last) are enough.

    Five silences in a row, three refusals at the door in a row, or twelve bad ones of
    the last twenty.
    """
    if recent.endswith(CallEnd.SILENT.value * SILENT_IN_A_ROW):
        return True
    if recent.endswith(CallEnd.REFUSED.value * REFUSED_IN_A_ROW):
        return True
    bad = len(recent) - recent.count(CallEnd.ANSWERED.value)
    return len(recent) == RECENT and bad >= BAD_OF_RECENT


def note_call(attempt: PurchaseAttempt, end: CallEnd, *, now: datetime) -> None:
    """Remember how a call about an attempt ended, and let the breaker follow.

    A supplier that answers as always costs no statement.
    """
    forbid_transaction()
    account = attempt.account
    is_good = end is CallEnd.ANSWERED
    if is_good and account.is_answering and not _has_bad(account.recent_calls):
        return
    with unit_of_work("inventory.note_call"):
        account = locks.lock_supplier_account(attempt.account_id)
        if account.breaker == Breaker.CLOSED:
            _note_sign(account, end, now=now)
        elif account.trial_ref == attempt.ref_id:
            if is_good:
                _close(account, now=now)
            else:
                _open(account, now=now, reason=end.name.lower())


def take_trial(attempt: PurchaseAttempt) -> bool:
    """Whether a locked attempt may leave, as the one that tries the supplier out.

    Part of the transaction that claims it; the last lock in it. The one that was taken
    and came back unsent, with a process that died before it said so, may try again.
    """
    require_transaction()
    taken = SupplierAccount.objects.filter(
        pk=attempt.account_id,
        breaker=Breaker.TRIAL,
        trial_ref__in=["", attempt.ref_id],
    ).update(trial_ref=attempt.ref_id)
    return bool(taken)


def next_look(account: SupplierAccount, *, now: datetime) -> datetime:
    """When an attempt that waits for this account should look again."""
    return max(account.probe_at or now, now) + AGAIN


def probe(*, account_id: int, now: datetime) -> None:
    """Ask a supplier that is out of order something harmless, if it is time to.

    What it says of the deposit is kept.
    """
    forbid_transaction()
    with unit_of_work("inventory.claim_probe"):
        account = locks.lock_supplier_account(account_id)
        if account.is_answering or (account.probe_at or now) > now:
            return
        _set(account, probe_at=now + PROBE_LEASE)
    deposit = _ask(account)
    with unit_of_work("inventory.note_probe"):
        if deposit is None:
            _note_bad_probe(locks.lock_supplier_account(account_id), now=now)
        else:
            deposits.keep_reading(account, deposit, now=now)
            _note_good_probe(locks.lock_supplier_account(account_id), now=now)


def probe_soon(account: SupplierAccount, *, now: datetime) -> None:
    """Have a supplier that is out of order asked with the next sweep.

    Part of the caller's transaction. For when a person has mended something.
    """
    require_transaction()
    SupplierAccount.objects.filter(pk=account.pk).exclude(
        breaker=Breaker.CLOSED
    ).update(probe_at=now)


def ask_at_once(account: SupplierAccount, *, now: datetime) -> None:
    """At a person's request: whether a supplier that is out of order is back."""
    if account.is_answering:
        return
    with unit_of_work("inventory.ask_at_once"):
        probe_soon(account, now=now)
    jobs.enqueue(
        "inventory.probe_supplier", tenant_id=account.tenant_id, account_id=account.pk
    )


def _ask(account: SupplierAccount) -> int | None:
    """The deposit (rupiah): a question that buys nothing; None without an answer."""
    try:
        return open_supplier(account).read_balance()
    except (ProviderRefused, ProviderUnreachable, OutcomeUnknown) as error:
        log.info("Account %s is still out of order: %s", account.pk, error)
        return None


def _has_bad(recent: str) -> bool:
    return bool(recent.strip(CallEnd.ANSWERED.value))


def _note_sign(account: SupplierAccount, end: CallEnd, *, now: datetime) -> None:
    recent = (account.recent_calls + end.value)[-RECENT:]
    _set(account, recent_calls=recent)
    if is_broken(recent):
        _open(account, now=now, reason=end.name.lower())


def _note_bad_probe(account: SupplierAccount, *, now: datetime) -> None:
    # A question without an answer costs nobody anything: it is asked again soon. Only
    # purchases that were lost make the wait longer.
    soon = now + _pause(account, now=now)
    if account.breaker == Breaker.TRIAL and not _is_on_trial(account):
        _move_back(account, now=now, reason="probe", probe_at=soon)
    elif not account.is_answering:
        _set(account, good_probes=0, probe_at=soon)


def _note_good_probe(account: SupplierAccount, *, now: datetime) -> None:
    if account.is_answering:
        return
    good = min(account.good_probes + 1, GOOD_TO_CLOSE)
    if account.breaker == Breaker.OPEN and good >= GOOD_FOR_TRIAL:
        BREAKERS.move(
            account,
            Breaker.TRIAL,
            actor=ACTOR,
            now=now,
            good_probes=good,
            trial_ref="",
            probe_at=now + AGAIN,
        )
        _wake(account, now=now)
    elif good >= GOOD_TO_CLOSE and not _is_on_trial(account):
        _close(account, now=now)
    else:
        _set(account, good_probes=good, probe_at=now + AGAIN)


def _is_on_trial(account: SupplierAccount) -> bool:
    """Whether a purchase is out whose answer will say more than probes do."""
    # One whose process died is asked about later. One that a callback settled is not,
    # nor one that never left.
    return PurchaseAttempt.objects.filter(
        account=account, ref_id=account.trial_ref, status__in=_OUT
    ).exists()


def _open(account: SupplierAccount, *, now: datetime, reason: str) -> None:
    was_back = account.breaker_at is not None and now - account.breaker_at < RELAPSE
    is_relapse = account.breaker == Breaker.TRIAL or was_back
    relapses = account.relapses + 1 if is_relapse else 0
    account.relapses = relapses
    _move_back(account, now=now, reason=reason, probe_at=now + _wait(relapses))


def _move_back(
    account: SupplierAccount, *, now: datetime, reason: str, probe_at: datetime
) -> None:
    BREAKERS.move(
        account,
        Breaker.OPEN,
        actor=ACTOR,
        now=now,
        reason=reason,
        relapses=account.relapses,
        good_probes=0,
        trial_ref="",
        probe_at=probe_at,
    )
    # What waits for it can go elsewhere at once.
    _wake(account, now=now)


def _close(account: SupplierAccount, *, now: datetime) -> None:
    BREAKERS.move(
        account,
        Breaker.CLOSED,
        actor=ACTOR,
        now=now,
        recent_calls="",
        good_probes=0,
        trial_ref="",
        probe_at=None,
    )
    _wake(account, now=now)


def _wake(account: SupplierAccount, *, now: datetime) -> None:
    """Let the attempts that wait for this account be looked at now.

    Those that were never tried have a time of their own: their buyers may think.
    """
    waiting = locks.waiting_attempts(account, now=now)
    PurchaseAttempt.objects.filter(pk__in=waiting).update(due_at=now)


def _pause(account: SupplierAccount, *, now: datetime) -> timedelta:
    """How long after a bad probe the next one comes: a quarter of the outage so far.

    At least half a minute and at most five: a supplier that is away for hours, with the
    accounts of many stores, must not keep the workers busy waiting for it.
    """
    lasted = now - (account.breaker_at or now)
    secs = max(lasted.total_seconds() / 4, FIRST_PROBE_SECS)
    return timedelta(seconds=min(secs, LONGEST_WAIT_SECS))


def _wait(relapses: int) -> timedelta:
    """How long nothing is asked: 30, 60, 120 … seconds, at most five minutes."""
    secs = FIRST_PROBE_SECS * 2 ** min(relapses, 8)
    return timedelta(seconds=min(secs, LONGEST_WAIT_SECS))


def _set(account: SupplierAccount, **columns: object) -> None:
    SupplierAccount.objects.filter(pk=account.pk).update(**columns)


def _event(account: SupplierAccount) -> BreakerEvent:
    return BreakerEvent(tenant_id=account.tenant_id, account=account)


def _tell(account: SupplierAccount, step: Transition[Breaker]) -> None:
    live.announce(account.tenant_id, "suppliers", account=str(account.public_id))
    live.announce(account.tenant_id, "products")
    if step.target == Breaker.CLOSED:
        announce(SupplierBack(account.tenant_id, account_id=account.pk, at=step.now))
    elif step.source == Breaker.CLOSED:
        announce(
            SupplierDown(
                account.tenant_id,
                account_id=account.pk,
                reason=step.reason,
                at=step.now,
            )
        )


BREAKERS = Machine(
    model=SupplierAccount,
    column="breaker",
    table=BREAKER_TRANSITIONS,
    event=_event,
    times=dict.fromkeys(Breaker, "breaker_at"),
    announce=_tell,
)
