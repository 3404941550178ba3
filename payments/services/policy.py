"""The store's limits for other people's money."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from payments.models import MoneyPolicy
from ppob.kit import live
from ppob.kit.db import savepoint, unit_of_work
from ppob.kit.errors import InvalidInput
from ppob.kit.versions import require_unchanged
from security.services import audit
from tenants import locks
from tenants.auth import require
from tenants.models import Member
from tenants.permissions import Permission
from tenants.services.suspension import require_open_for_staff


@dataclass(frozen=True)
class PolicyDraft:
    """The limits as they were entered, in rupiah."""

    wallet_is_on: bool
    wallet_limit: int
    deposit_min: int
    refund_approval_above: int


def find_policy() -> MoneyPolicy:
    """The limits of the store in scope; the defaults where it chose none."""
    return MoneyPolicy.objects.first() or MoneyPolicy()


def change_policy(
    *, member: Member, draft: PolicyDraft, now: datetime, seen: str | None = None
) -> MoneyPolicy:
    """Set the store's limits; `seen` is the version of those that were read.

    Raises NotAllowed, InvalidInput or ChangedMeanwhile.
    """
    require(member, Permission.EDIT_PAYMENTS)
    with unit_of_work("payments.change_policy"):
        require_open_for_staff()
        # A store without limits of its own has no row yet: its own row is the lock.
        locks.lock_store(member.tenant_id)
        before = facts_of(find_policy())
        require_unchanged(seen, before)
        try:
            with savepoint():
                policy, _created = MoneyPolicy.objects.update_or_create(
                    tenant_id=member.tenant_id, defaults=asdict(draft)
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
            actor=member.actor,
            action="policy.changed",
            object=f"tenant:{member.tenant_id}",
            now=now,
            before=before,
            after=facts_of(policy),
        )
        live.announce(member.tenant_id, "settings")
    changed: MoneyPolicy = policy
    return changed


def facts_of(policy: MoneyPolicy) -> dict[str, int]:
    """The limits that can be changed, as they are now."""
    return {
        name: getattr(policy, name)
        for name in (
            "wallet_is_on",
            "wallet_limit",
            "deposit_min",
            "refund_approval_above",
        )
    }
