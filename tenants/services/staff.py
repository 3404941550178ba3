"""What every change of a store's staff has in common: lock, look again, tell."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from ppob.kit import live
from ppob.kit.db import require_transaction
from ppob.kit.errors import Conflict, NotAllowed, NotFound
from security.models import User
from security.services import audit
from tenants import locks
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Handover, Invitation, Member
from tenants.permissions import Permission
from tenants.services.transitions import HANDOVERS, INVITATIONS
from tenants.states import HandoverStatus, InvitationStatus, Role


class RoleTooHigh(NotAllowed):
    """The role, or the person's, stands above the one who wants to give or take it."""

    code = "ROLE_TOO_HIGH"
    default = _("You cannot give or take a role that may do more than yours.")


class LastOwner(Conflict):
    """Without this person nobody would own the store."""

    code = "LAST_OWNER"
    default = _(
        "A store needs an owner. Hand it over first, or make somebody else an owner."
    )


class ChangedMeanwhile(Conflict):
    """Somebody else gave this person another role in the meantime."""

    code = "ROLE_CHANGED"
    default = _("This person's role has changed in the meantime. Please look again.")


def hold_store(actor: Actor) -> Member:
    """Lock the staff of the store, and read again who is acting.

    The request may be older than somebody else's decision about this very person.
    Raises NotAllowed when they don't work here any more, and to what is no person.
    """
    require_transaction()
    locks.lock_store(actor.tenant_id)
    current: Member | None = (
        Member.objects.select_related("user").filter(user_id=actor.user_id).first()
    )
    # A program may act for an account; people alone decide who works here.
    if current is None or not actor.is_person:
        raise NotAllowed(_("You do not work in this store any more."))
    return current


def hold_to_change(actor: Actor) -> Member:
    """The same for somebody who wants to change who works here; raises NotAllowed."""
    require_transaction()
    current = hold_store(actor)
    # By the role of this moment, not by that of when the request began.
    require(current, Permission.EDIT_MEMBERS)
    return current


def get_colleague(member_id: int) -> Member:
    """Somebody who works in the store at this moment; raises NotFound."""
    found: Member | None = (
        Member.objects.select_related("user").filter(pk=member_id).first()
    )
    if found is None:
        raise NotFound(_("This person does not work here any more."))
    return found


def require_grant(acting: Member, *roles: Role | str) -> None:
    """Raise RoleTooHigh unless this person may give and take all these roles."""
    if not all(acting.may_grant(role) for role in roles):
        raise RoleTooHigh


def require_other_owner(target: Member) -> None:
    """Raise LastOwner if nobody else owns the store; the store has to be locked."""
    # True until the commit, because the store is held; plain SQL meets a trigger.
    others = Member.objects.filter(role=Role.OWNER).exclude(pk=target.pk)
    if target.role == Role.OWNER and not others.exists():
        raise LastOwner


def end_promises(user_id: int, *, role: Role | None, now: datetime) -> int:
    """End invitations and offers of somebody who is `role` from now on (None: gone).

    Nobody comes back through an invitation that they made before they were removed.
    Returns how many invitations ended.
    """
    require_transaction()
    ended = 0
    promised = Invitation.objects.filter(
        created_by_id=user_id, status=InvitationStatus.OPEN
    )
    # Never saved: it only answers what this role may still give.
    would_be = Member(user_id=user_id, role=role) if role else None
    for invitation in promised.order_by("pk"):
        if would_be is None or not would_be.may_grant(invitation.role):
            INVITATIONS.move_all(
                Invitation.objects.filter(pk=invitation.pk),
                InvitationStatus.REVOKED,
                now=now,
            )
            ended += 1
    if role != Role.OWNER:
        given = Handover.objects.filter(giver_id=user_id)
        HANDOVERS.move_all(given, HandoverStatus.WITHDRAWN, now=now)
    if role is None:
        # Let in again one day, they could still accept what was offered before.
        taken = Handover.objects.filter(taker_id=user_id)
        HANDOVERS.move_all(taken, HandoverStatus.WITHDRAWN, now=now)
    return ended


def tell(  # noqa: PLR0913 - one thing each
    person: User,
    *,
    actor: Actor,
    action: str,
    now: datetime,
    before: str = "",
    after: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Write down what `actor` did, which owners are told, and wake up open pages.

    `before` and `after` are the person's roles; empty where there was or is none.
    """
    require_transaction()
    audit.record(
        actor=actor.name,
        action=action,
        object=f"member:{person.pk}",
        now=now,
        before={"role": before} if before else {},
        after={"role": after} if after else {},
        data={"name": str(person), **(data or {})},
    )
    # Each open page looks again whether its reader still works here.
    live.announce(actor.tenant_id, "members")
