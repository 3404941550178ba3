"""The owner decides about purchases that did not end by themselves. All is audited."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from inventory import locks
from inventory.models import Purchase, PurchaseAttempt
from inventory.services import purchase_facts, purchase_routes, purchase_transitions
from inventory.services.purchases import OWNER_AFTER, AlreadyBought, OutcomeUnclear
from inventory.states import AttemptStatus, PurchaseStatus
from ppob.kit import jobs
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission

WAIT = timedelta(minutes=30)


class NotYours(Conflict):
    """The purchase does not wait for a decision (any more)."""

    code = "NOT_WAITING"
    default = _("This purchase is not waiting for your decision.")


class BeingSent(Conflict):
    """A request to the supplier is under way this moment."""

    code = "BEING_SENT"
    default = _("The supplier is being asked right now. Please try again in a minute.")


def mark_succeeded(
    *,
    actor: Actor,
    purchase: Purchase,
    serial_number: str,
    reason: str,
    now: datetime,
) -> Purchase:
    """The owner has seen at the supplier that it was bought, under this number.

    Raises NotYours, BeingSent, or OutcomeUnclear when nothing was ever sent.
    """
    _require(actor, reason)
    with unit_of_work("inventory.mark_succeeded"):
        locked, attempt = _lock(purchase, now=now)
        # Without a request nothing of ours can have been bought, whatever was read.
        if attempt is None or attempt.status != AttemptStatus.UNKNOWN:
            raise OutcomeUnclear(_("Nothing was sent to a supplier for this purchase."))
        purchase_facts.succeed(
            attempt,
            purchase_facts.seen_by_owner(attempt, serial_number.strip()[:200]),
            actor=actor.name,
            now=now,
        )
        _record_audit(actor, locked, "purchase.marked_succeeded", reason, now=now)
        return locked


def mark_failed(
    *, actor: Actor, purchase: Purchase, reason: str, now: datetime
) -> Purchase:
    """The owner has seen at the supplier that nothing was bought; the money goes back.

    The attempt is fenced: its reference is never sent again. Raises NotYours or
    BeingSent.
    """
    _require(actor, reason)
    with unit_of_work("inventory.mark_failed"):
        locked, attempt = _lock(purchase, now=now)
        if attempt is not None:
            purchase_transitions.move_attempt(
                attempt,
                AttemptStatus.FAILED,
                actor=actor.name,
                now=now,
                reason=reason,
            )
        purchase_transitions.move_purchase(
            locked, PurchaseStatus.FAILED, actor=actor.name, now=now, reason=reason
        )
        _record_audit(actor, locked, "purchase.marked_failed", reason, now=now)
        return locked


def try_again(*, actor: Actor, purchase: Purchase, now: datetime) -> Purchase:
    """Look for a supplier once more, after a deposit was filled up for example.

    Raises NotYours, or OutcomeUnclear while an earlier attempt may have bought it.
    """
    _require(actor, "-")
    with unit_of_work("inventory.try_purchase_again"):
        locked, attempt = _lock(purchase, now=now)
        if attempt is not None and attempt.status != AttemptStatus.QUEUED:
            raise OutcomeUnclear
        purchase_transitions.move_purchase(
            locked,
            PurchaseStatus.OPEN,
            actor=actor.name,
            now=now,
            reason="try again",
            due_at=now + OWNER_AFTER,
        )
        # Accounts that failed count again: the owner may have mended one of them.
        if attempt is None:
            purchase_routes.queue_attempt(locked, actor=actor.name, now=now, again=True)
        else:
            PurchaseAttempt.objects.filter(pk=attempt.pk).update(due_at=now)
        _record_audit(actor, locked, "purchase.tried_again", "", now=now)
        return locked


def wait_longer(*, actor: Actor, purchase: Purchase, now: datetime) -> Purchase:
    """Leave it as it is for another half an hour, and have the supplier asked."""
    _require(actor, "-")
    with unit_of_work("inventory.wait_longer"):
        locked, attempt = _lock(purchase, now=now)
        locked.due_at = now + WAIT
        Purchase.objects.filter(pk=locked.pk).update(due_at=locked.due_at)
        if attempt is not None and attempt.due_at is not None:
            jobs.enqueue(
                "inventory.advance_attempt",
                tenant_id=attempt.tenant_id,
                attempt_id=attempt.pk,
            )
        _record_audit(actor, locked, "purchase.waited", "", now=now)
        return locked


def note_discrepancy(
    *, actor: Actor, attempt: PurchaseAttempt, note: str, now: datetime
) -> None:
    """The owner has dealt with a supplier's contradiction and says how."""
    _require(actor, note)
    with unit_of_work("inventory.note_discrepancy"):
        noted = (
            PurchaseAttempt.objects.filter(pk=attempt.pk, discrepancy_noted_at=None)
            .exclude(discrepancy="")
            .update(discrepancy_noted_at=now)
        )
        if not noted:
            raise NotYours
        _record_audit(
            actor, attempt.purchase, "purchase.discrepancy_noted", note, now=now
        )


def require_waiting(purchase: Purchase, *, reason: str, now: datetime) -> None:
    """Raise unless the purchase waits for a decision, and a reason was given.

    Raises InvalidInput, AlreadyBought, NotYours or BeingSent.
    """
    _require_reason(reason)
    _lock(purchase, now=now)


def _require(actor: Actor, reason: str) -> None:
    require(actor, Permission.SETTLE_MONEY)
    _require_reason(reason)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput(_("Say what you have seen or done."), field="reason")


def _lock(
    purchase: Purchase, *, now: datetime
) -> tuple[Purchase, PurchaseAttempt | None]:
    locked = locks.lock_purchase(purchase.pk)
    if locked.status == PurchaseStatus.SUCCEEDED:
        raise AlreadyBought
    if locked.status != PurchaseStatus.NEEDS_OWNER:
        raise NotYours
    attempt = locks.live_attempt(locked)
    if attempt is not None and attempt.status != AttemptStatus.QUEUED:
        # The answer may contradict the decision a second later.
        if attempt.claimed_until is not None and attempt.claimed_until > now:
            raise BeingSent
        # Whoever was sending has died: it may have arrived, so it is not queued again.
        if attempt.status == AttemptStatus.SENDING:
            purchase_transitions.move_attempt(
                attempt,
                AttemptStatus.UNKNOWN,
                actor=purchase_facts.CLOCK,
                now=now,
                reason="lease over",
            )
    return locked, attempt


def _record_audit(
    actor: Actor, purchase: Purchase, action: str, reason: str, *, now: datetime
) -> None:
    audit.record(
        actor=actor.name,
        action=action,
        object=f"purchase:{purchase.public_id}",
        now=now,
        reason=reason,
    )
