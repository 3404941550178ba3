"""Buyers, as each store knows them, and those it no longer deals with."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput, NotAllowed
from ppob.kit.i18n import language_of
from ppob.kit.rows import find_row
from ppob.kit.versions import Facts, require_unchanged
from security.services import audit
from tenants import locks
from tenants.actors import Actor
from tenants.auth import require, require_not_own
from tenants.models import Customer
from tenants.permissions import Permission
from tenants.states import CustomerTier

MOST_REASON = 200


class BuyerBlocked(NotAllowed):
    """The store takes no orders from this buyer; what is theirs stays theirs."""

    code = "BUYER_BLOCKED"
    default = _(
        "This store does not take orders or top-ups from you at the moment. Your codes "
        "and your balance stay yours: you can look at them and ask for your money "
        "back. If you think this is a mistake, please ask the store."
    )


def remember(
    *,
    discord_id: int,
    username: str,
    display_name: str,
    locale: str | None,
    now: datetime,
) -> Customer:
    """The store's record of this Discord user, made or brought up to date."""
    fields = {
        "username": username[:64],
        "display_name": display_name[:64],
        "language": language_of(locale),
    }
    # Every press comes here, and hardly any is a stranger's or of a changed name.
    known = find_row(Customer, discord_id=discord_id)
    if known is not None and not _differing(known, fields):
        return known
    with unit_of_work("tenants.remember_customer"):
        # Two first presses of somebody come at once: one writes, and both find the row.
        Customer.objects.bulk_create(
            [Customer(discord_id=discord_id, created_at=now, **fields)],
            ignore_conflicts=True,
        )
        customer: Customer = Customer.objects.get(discord_id=discord_id)
        changed = _differing(customer, fields)
        if changed:
            for name in changed:
                setattr(customer, name, fields[name])
            # These columns alone: the whole row, read a moment ago, could undo a block.
            customer.save(update_fields=changed)
    return customer


def _differing(customer: Customer, fields: dict[str, str]) -> list[str]:
    return [name for name, value in fields.items() if getattr(customer, name) != value]


def block(*, actor: Actor, customer: Customer, reason: str, now: datetime) -> bool:
    """Take no new orders, top-ups or payments from this buyer; False if that was so.

    What they have stays theirs, and money that is on its way is still booked. `reason`
    is for the store's people alone.
    """
    require(actor, Permission.BLOCK_BUYERS)
    reason = " ".join(reason.split())
    if len(reason) > MOST_REASON:
        raise InvalidInput(
            _("Write at most %(most)d characters.") % {"most": MOST_REASON},
            field="reason",
        )
    with unit_of_work("tenants.block_customer"):
        # The row's own lock: an order that is being placed comes before or not at all.
        blocked = Customer.objects.filter(pk=customer.pk, blocked_at=None).update(
            blocked_at=now, blocked_reason=reason
        )
        if blocked:
            _record_audit(actor, customer, "customer.blocked", reason=reason, now=now)
    customer.refresh_from_db()
    return bool(blocked)


def unblock(*, actor: Actor, customer: Customer, now: datetime) -> bool:
    """Deal with this buyer again; False if they were not blocked."""
    require(actor, Permission.BLOCK_BUYERS)
    with unit_of_work("tenants.unblock_customer"):
        unblocked = (
            Customer.objects.filter(pk=customer.pk)
            .exclude(blocked_at=None)
            .update(blocked_at=None, blocked_reason="")
        )
        if unblocked:
            _record_audit(actor, customer, "customer.unblocked", reason="", now=now)
    customer.refresh_from_db()
    return bool(unblocked)


def facts_of(customer: Customer) -> Facts:
    """What staff can change of a buyer, as it is now."""
    return {"tier": customer.tier}


def change_tier(
    *,
    actor: Actor,
    customer: Customer,
    tier: str,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Put a buyer into another tier: what they order from now on costs its prices.

    Orders that exist keep theirs. `seen` is the version of what was read. Raises
    NotAllowed, OwnMoney for who would lower their own prices, InvalidInput for a tier
    that there is not, or ChangedMeanwhile.
    """
    require(actor, Permission.EDIT_CATALOG)
    require_not_own(actor, customer)
    if tier not in CustomerTier.values:
        raise InvalidInput(_("There is no such tier."), field="tier")
    with unit_of_work("tenants.change_tier"):
        # Who orders at this moment locks the buyer, too: before or after, never half.
        locked = locks.lock_customer(customer.pk)
        require_unchanged(seen, facts_of(locked))
        if locked.tier != tier:
            Customer.objects.filter(pk=customer.pk).update(tier=tier)
            _record_audit(
                actor,
                customer,
                "customer.tier_changed",
                now=now,
                before={"tier": locked.tier},
                after={"tier": tier},
            )
    customer.refresh_from_db()


def _record_audit(
    actor: Actor,
    customer: Customer,
    action: str,
    *,
    now: datetime,
    **told: Any,
) -> None:
    audit.record(
        actor=actor.name,
        action=action,
        object=f"customer:{customer.public_id}",
        now=now,
        data={"name": str(customer)},
        **told,
    )
    live.announce(actor.tenant_id, "buyers", customer=str(customer.public_id))
