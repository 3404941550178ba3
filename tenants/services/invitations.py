"""Letting somebody join a store: the link, withdrawing it, and accepting.

The link's token has 256 random bits and is never kept: its SHA-256 is enough to find
the invitation, and of no use to whoever reads the table.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from ppob.kit.db import savepoint, unit_of_work
from ppob.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound
from ppob.kit.scope import tenant_scope
from security.models import User
from security.selectors import find_discord_name
from security.services import audit
from tenants import cross_tenant, locks
from tenants.actors import Actor
from tenants.models import Invitation, Member, Tenant
from tenants.services import staff
from tenants.services.transitions import INVITATIONS
from tenants.states import InvitationStatus, Role, TenantStatus

TOKEN_BYTES = 32
DAYS = (1, 7, 30)
MOST_OPEN = 20

_SNOWFLAKE = re.compile(r"(?:<@!?)?([0-9]{15,20})>?")
_NAME = re.compile(r"@?([a-z0-9_.]{2,32})")  # Discord's user names since 2023


class NoInvitation(NotFound):
    """No invitation has this token; a wrong link learns nothing else."""

    code = "NO_INVITATION"
    default = _(
        "This invitation link does not work. Check that it was copied whole, or ask "
        "for a new one."
    )


class InvitationOver(Conflict):
    """It was used, withdrawn, or has expired."""

    code = "INVITATION_OVER"
    default = _("This invitation has ended. Ask for a new one.")


class ForAnotherAccount(NotAllowed):
    """It is for one Discord account, and this is another one."""

    code = "FOR_ANOTHER_ACCOUNT"
    default = _(
        "This invitation is for another Discord account. Sign out, and sign in with "
        "the account that was invited."
    )


class AlreadyMember(Conflict):
    """The person works there."""

    code = "ALREADY_MEMBER"
    default = _("You already work in this store. The invitation was not used.")


class StoreStopped(Conflict):
    """The platform has suspended the store: nobody joins it meanwhile."""

    code = "STORE_SUSPENDED"
    default = _(
        "This store is suspended, so nobody can join it now. The invitation stays "
        "open until it expires."
    )


class TooManyOpen(Conflict):
    """More open links than anybody keeps an eye on."""

    code = "TOO_MANY_INVITATIONS"
    default = _(
        "There are 20 open invitations already. Withdraw some before you make more."
    )


@dataclass(frozen=True)
class InvitationDraft:
    """An invitation as it was entered.

    `account` is a Discord user id or user name, or empty for whoever has the link.
    """

    role: str
    account: str = ""
    days: int = 7


@dataclass(frozen=True)
class NewInvitation:
    """What was made; the only place where the link's token ever is."""

    invitation: Invitation
    token: str


def hash_of(token: str) -> str:
    """What is kept of a token."""
    # Fast and without a salt: nobody guesses 256 random bits.
    return hashlib.sha256(token.encode()).hexdigest()


def invite(*, actor: Actor, draft: InvitationDraft, now: datetime) -> NewInvitation:
    """Make a link that lets one person join in the draft's role, once.

    Raises NotAllowed (RoleTooHigh for roles above one's own), InvalidInput,
    StoreStopped or TooManyOpen.
    """
    role, days = _read_role(draft.role), _read_days(draft.days)
    discord_id, username = read_account(draft.account)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with unit_of_work("tenants.invite"):
        acting = staff.hold_to_change(actor)
        staff.require_grant(acting, role)
        _require_selling(Tenant.objects.get(pk=actor.tenant_id))
        _refuse_colleague(discord_id)
        # Counted under the store's lock, so twenty are twenty.
        live = Invitation.objects.filter(
            status=InvitationStatus.OPEN, expires_at__gt=now
        )
        if live.count() >= MOST_OPEN:
            raise TooManyOpen
        invitation: Invitation = Invitation.objects.create(
            role=role,
            token_hash=hash_of(token),
            discord_id=discord_id,
            username=username,
            created_by=acting.user,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        _record(acting, "member.invited", invitation, now=now)
    return NewInvitation(invitation, token)


def revoke(*, actor: Actor, invitation: Invitation, now: datetime) -> None:
    """Withdraw an open invitation; its link does nothing any more.

    Raises NotAllowed, or InvitationOver when it was used or withdrawn before.
    """
    with unit_of_work("tenants.revoke_invitation"):
        acting = staff.hold_to_change(actor)
        current = locks.lock_invitation(invitation.pk)
        if current is None:
            raise NotFound
        staff.require_grant(acting, current.role)
        if current.status != InvitationStatus.OPEN:
            raise InvitationOver
        _close(current, InvitationStatus.REVOKED, now=now)
        _record(acting, "member.invitation_revoked", current, now=now)


def get_invitation(*, user: User, token: str, now: datetime) -> Invitation:
    """The invitation with its store, if this person could accept it now.

    Raises what `accept` raises. It was read across stores: use it to show things.
    """
    invitation = cross_tenant.find_invitation(hash_of(token))
    if invitation is None:
        raise NoInvitation
    _require_account(invitation, user)
    slug = invitation.tenant.slug
    if cross_tenant.find_member(user_id=user.pk, slug=slug) is not None:
        raise AlreadyMember
    _require_open(invitation, now=now)
    _require_selling(invitation.tenant)
    return invitation


def accept(*, user: User, token: str, now: datetime) -> Member:
    """Join the store that the link invites to.

    Of several people, or several presses, exactly one joins. Raises NoInvitation,
    ForAnotherAccount, AlreadyMember, InvitationOver or StoreStopped.
    """
    found = cross_tenant.find_invitation(hash_of(token))
    if found is None:
        raise NoInvitation
    with (
        tenant_scope(found.tenant_id),
        unit_of_work("tenants.accept_invitation"),
    ):
        # The store first, as all who change its staff: whoever sends the inviter away
        # ends this link too, or comes after it was used.
        store = locks.lock_store(found.tenant_id)
        invitation = locks.lock_invitation(found.pk)
        if invitation is None:
            raise NoInvitation
        # Whose link it is comes first: others do not learn what became of it.
        _require_account(invitation, user)
        # Before the link's own state: a second press reads that the person is in
        # already.
        if Member.objects.filter(user=user).exists():
            raise AlreadyMember
        _require_open(invitation, now=now)
        _require_selling(store)
        joined = _join(store, user, invitation, now=now)
        _close(invitation, InvitationStatus.ACCEPTED, now=now, accepted_by=user)
        staff.tell(
            user,
            actor=joined,
            action="member.joined",
            now=now,
            after=invitation.role,
            data={"invited_by": str(invitation.created_by)},
        )
    return joined


def read_account(typed: str) -> tuple[int | None, str]:
    """A Discord id or user name as people paste it; `(None, "")` for nothing.

    Raises InvalidInput.
    """
    text = typed.strip().lower()
    if not text:
        return None, ""
    # A name may be digits alone as well; of this length they are taken for an id.
    if number := _SNOWFLAKE.fullmatch(text):
        discord_id = int(number[1])
        if discord_id < 2**63:  # what the column holds
            return discord_id, ""
    elif name := _NAME.fullmatch(text):
        return None, name[1]
    raise InvalidInput(
        _(
            "Enter a Discord user name (like rizky.store) or a user id of 15 to 20 "
            "digits, or leave this empty."
        ),
        field="account",
    )


def _join(
    store: Tenant, user: User, invitation: Invitation, *, now: datetime
) -> Member:
    # Under the lock this cannot fail; the constraints say it once more.
    try:
        with savepoint():
            joined: Member = Member.objects.create(
                tenant=store,
                user=user,
                role=invitation.role,
                invitation=invitation,
                created_at=now,
            )
    except IntegrityError:
        raise AlreadyMember from None
    return joined


def _close(
    invitation: Invitation,
    target: InvitationStatus,
    *,
    now: datetime,
    accepted_by: User | None = None,
) -> None:
    closed = INVITATIONS.move_all(
        Invitation.objects.filter(pk=invitation.pk),
        target,
        now=now,
        accepted_by=accepted_by,
    )
    if not closed:
        raise InvitationOver


def _require_account(invitation: Invitation, user: User) -> None:
    if user.discord_id is None:
        raise ForAnotherAccount(_("Sign in with Discord to accept an invitation."))
    # Names can be given up and taken by others, so an id is stronger. The name is what
    # Discord said at the last sign-in.
    if invitation.discord_id is not None:
        is_meant = invitation.discord_id == user.discord_id
    elif invitation.username:
        is_meant = invitation.username == find_discord_name(user).lower()
    else:
        is_meant = True
    if not is_meant:
        raise ForAnotherAccount


def _require_open(invitation: Invitation, *, now: datetime) -> None:
    if invitation.status == InvitationStatus.ACCEPTED:
        raise InvitationOver(
            _("This invitation has been used already. Ask for a new one.")
        )
    if invitation.status == InvitationStatus.REVOKED:
        raise InvitationOver(_("This invitation was withdrawn. Ask for a new one."))
    if not invitation.is_usable(now):
        raise InvitationOver(_("This invitation has expired. Ask for a new one."))


def _require_selling(store: Tenant) -> None:
    if store.status != TenantStatus.ACTIVE:
        raise StoreStopped


def _refuse_colleague(discord_id: int | None) -> None:
    if discord_id and Member.objects.filter(user__discord_id=discord_id).exists():
        raise InvalidInput(_("This person already works here."), field="account")


def _read_role(role: str) -> Role:
    if role not in Role.values:
        raise InvalidInput(_("Choose a role from the list."), field="role")
    return Role(role)


def _read_days(days: int) -> int:
    if days not in DAYS:
        raise InvalidInput(_("Choose how long it is valid."), field="days")
    return days


def _record(
    acting: Member, action: str, invitation: Invitation, *, now: datetime
) -> None:
    audit.record(
        actor=acting.name,
        action=action,
        object=f"invitation:{invitation.public_id}",
        now=now,
        data={
            "role": invitation.role,
            "account": invitation.account,
            "expires_at": invitation.expires_at,
        },
    )
