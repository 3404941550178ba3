"""Who works in a store: other roles, going, and being sent away.

Every change holds the store's lock and looks again under it, so two owners who act at
the same moment act one after the other. The database keeps the last owner by itself.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from ppob.kit.db import unit_of_work
from ppob.kit.errors import InvalidInput
from tenants.actors import Actor
from tenants.models import Member
from tenants.services import staff
from tenants.services.staff import ChangedMeanwhile, LastOwner, RoleTooHigh
from tenants.states import Role

__all__ = [
    "ChangedMeanwhile",
    "LastOwner",
    "RoleTooHigh",
    "change_role",
    "leave_store",
    "remove_member",
]


def change_role(
    *, actor: Actor, member_id: int, role: str, seen_role: str, now: datetime
) -> Member:
    """Give somebody another role, from the next request on; `seen_role` is the old one.

    Raises NotAllowed (RoleTooHigh for roles above one's own), NotFound, InvalidInput,
    ChangedMeanwhile, or LastOwner; then nothing changed.
    """
    if role not in Role.values:
        raise InvalidInput(_("Choose a role from the list."), field="role")
    with unit_of_work("tenants.change_role"):
        acting = staff.hold_to_change(actor)
        target = staff.get_colleague(member_id)
        # Both: somebody above oneself is not demoted either.
        staff.require_grant(acting, target.role, role)
        # A page from before a colleague's decision must not undo it.
        if target.role != seen_role:
            raise ChangedMeanwhile
        if target.role == role:
            return target
        if role != Role.OWNER:
            staff.require_other_owner(target)
        Member.objects.filter(pk=target.pk).update(role=role)
        ended = staff.end_promises(target.user_id, role=Role(role), now=now)
        staff.tell(
            target.user,
            actor=acting,
            action="member.role_changed",
            now=now,
            before=target.role,
            after=role,
            data={"ended_invitations": ended} if ended else None,
        )
    target.role = role
    return target


def remove_member(*, actor: Actor, member_id: int, now: datetime) -> None:
    """Send somebody away: their next request, open page and call find no store.

    Their account and other stores stay as they are; what they did stays in the change
    history. Raises NotAllowed, NotFound, InvalidInput for oneself, or LastOwner.
    """
    with unit_of_work("tenants.remove_member"):
        acting = staff.hold_to_change(actor)
        target = staff.get_colleague(member_id)
        if target.pk == acting.pk:
            raise InvalidInput(_("To go yourself, use “Leave the store”."))
        staff.require_grant(acting, target.role)
        staff.require_other_owner(target)
        _end(target, acting, "member.removed", now=now)


def leave_store(*, actor: Actor, now: datetime) -> None:
    """Stop working in the store. Raises NotAllowed or LastOwner."""
    with unit_of_work("tenants.leave_store"):
        # No right is asked for: everybody may go.
        acting = staff.hold_store(actor)
        staff.require_other_owner(acting)
        _end(acting, acting, "member.left", now=now)


def _end(target: Member, acting: Member, action: str, *, now: datetime) -> None:
    Member.objects.filter(pk=target.pk).delete()
    ended = staff.end_promises(target.user_id, role=None, now=now)
    staff.tell(
        target.user,
        actor=acting,
        action=action,
        now=now,
        before=target.role,
        data={"ended_invitations": ended} if ended else None,
    )
