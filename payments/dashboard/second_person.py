"""Who else could decide about money: said before somebody is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from tenants.auth import is_second_person
from tenants.models import Customer, Member
from tenants.permissions import Permission


@dataclass(frozen=True)
class SecondPerson:
    """Whether somebody else may decide, and what this member can do if nobody may."""

    exists: bool
    may_invite: bool
    may_raise_limit: bool


def look_for(
    member: Member,
    *,
    staff: Sequence[Member],
    buyer: Customer,
    permission: Permission,
) -> SecondPerson:
    """Is there anybody in `staff` but the member and the buyer who has this right?"""
    others = [
        other
        for other in staff
        if other.may(permission)
        and is_second_person(other, first=member.name)
        and other.user.discord_id != buyer.discord_id
    ]
    return SecondPerson(
        exists=bool(others),
        may_invite=member.may(Permission.EDIT_MEMBERS),
        may_raise_limit=member.may(Permission.EDIT_PAYMENTS),
    )
