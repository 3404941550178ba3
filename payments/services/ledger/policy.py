"""The store's limits for other people's money."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from payments.models import MoneyPolicy
from ppob.kit import live
from ppob.kit.db import savepoint, unit_of_work
from ppob.kit.errors import InvalidInput
from ppob.kit.versions import require_unchanged
from security.services import audit
from tenants import locks
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission
from tenants.services.suspension import require_open_for_staff

# Who may raise the limit of what one person decides must not do it and use it at once.
RAISE_DELAY = timedelta(days=1)
MOST_UNDO_SECS = 120


@dataclass(frozen=True)
class PolicyDraft:
    """The limits as they were entered, in rupiah.

    For `undo_secs` seconds a paid top-up can be taken back; with `late_refund` one that
    reaches no supplier for too long is given back.
    """

    wallet_is_on: bool
    wallet_limit: int
    deposit_min: int
    refund_approval_above: int
    surplus_approval_above: int
    undo_secs: int = 30
    late_refund: bool = True


@dataclass(frozen=True)
class ApprovalLimits:
    """Up to how many rupiah one person decides alone, as it counts right now."""

    refund: int
    surplus: int


def find_policy() -> MoneyPolicy:
    """The limits of the store in scope; the defaults where it chose none."""
    return MoneyPolicy.objects.first() or MoneyPolicy()


def approval_limits(*, now: datetime) -> ApprovalLimits:
    """What one person of the store in scope may decide alone (rupiah)."""
    return _limits_of(find_policy(), now=now)


def _limits_of(policy: MoneyPolicy, *, now: datetime) -> ApprovalLimits:
    is_raised = policy.raised_from is not None and policy.raised_from <= now
    if is_raised:
        return ApprovalLimits(
            refund=policy.raised_refund_approval or 0,
            surplus=policy.raised_surplus_approval or 0,
        )
    return ApprovalLimits(policy.refund_approval_above, policy.surplus_approval_above)


def change_policy(
    *, actor: Actor, draft: PolicyDraft, now: datetime, seen: str | None = None
) -> MoneyPolicy:
    """Set the store's limits; `seen` is the version of those that were read.

    More for one person alone counts a day later; less, and everything else, at once.
    Raises NotAllowed, StoreSuspended, InvalidInput or ChangedMeanwhile.
    """
    require(actor, Permission.EDIT_PAYMENTS)
    if not 0 <= draft.undo_secs <= MOST_UNDO_SECS:
        raise InvalidInput(_("Choose from 0 to 120 seconds."), field="undo_secs")
    with unit_of_work("payments.change_policy"):
        require_open_for_staff()
        # A store without limits of its own has no row yet: its own row is the lock.
        locks.lock_store(actor.tenant_id)
        known = find_policy()
        require_unchanged(seen, facts_of(known))
        before = _values(known)
        try:
            with savepoint():
                policy, _created = MoneyPolicy.objects.update_or_create(
                    tenant_id=actor.tenant_id,
                    defaults=_columns(draft, known, actor=actor, now=now),
                )
        except IntegrityError:
            raise InvalidInput(
                _(
                    "These limits do not fit together. The balance limit is at least "
                    "the smallest top-up and at most Rp 20.000.000; the smallest "
                    "top-up is at least Rp 1.000."
                ),
                field="wallet_limit",
            ) from None
        audit.record(
            actor=actor.name,
            action="policy.changed",
            object=f"tenant:{actor.tenant_id}",
            now=now,
            before=before,
            after=_values(policy),
        )
        live.announce(actor.tenant_id, "settings")
    changed: MoneyPolicy = policy
    return changed


def _columns(
    draft: PolicyDraft, known: MoneyPolicy, *, actor: Actor, now: datetime
) -> dict[str, Any]:
    """The draft as columns; a higher limit for one person only waits in them."""
    columns = asdict(draft)
    limits = _limits_of(known, now=now)
    is_raise = (
        draft.refund_approval_above > limits.refund
        or draft.surplus_approval_above > limits.surplus
    )
    # Each limit by itself: one may fall at once while the other waits for its day.
    columns["refund_approval_above"] = min(draft.refund_approval_above, limits.refund)
    columns["surplus_approval_above"] = min(
        draft.surplus_approval_above, limits.surplus
    )
    columns["raised_refund_approval"] = (
        draft.refund_approval_above if is_raise else None
    )
    columns["raised_surplus_approval"] = (
        draft.surplus_approval_above if is_raise else None
    )
    columns["raised_from"] = now + RAISE_DELAY if is_raise else None
    columns["raised_by"] = actor.name if is_raise else ""
    return columns


def facts_of(policy: MoneyPolicy) -> dict[str, Any]:
    """The limits that can be changed, as they were entered last: as a form shows them.

    A higher one may still wait for its day.
    """
    entered = _values(policy)
    for name in ("refund_approval", "surplus_approval"):
        raised = entered.pop(f"raised_{name}")
        if policy.raised_from is not None:
            entered[f"{name}_above"] = raised or 0
    return entered


def _values(policy: MoneyPolicy) -> dict[str, Any]:
    return {
        name: getattr(policy, name)
        for name in (
            "wallet_is_on",
            "wallet_limit",
            "deposit_min",
            "refund_approval_above",
            "surplus_approval_above",
            "undo_secs",
            "late_refund",
            "raised_refund_approval",
            "raised_surplus_approval",
        )
    }
