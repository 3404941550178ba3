"""Invitations and offers for somebody who works in the store."""

from uuid import UUID

from ppob.kit.errors import NotFound
from tenants.auth import require
from tenants.models import Handover, Invitation, Member
from tenants.permissions import Permission


def access_invitation(
    member: Member, public_id: UUID, *, to: Permission = Permission.EDIT_MEMBERS
) -> Invitation:
    """The store's invitation, or NotFound; NotAllowed without the right."""
    require(member, to)
    invitation: Invitation | None = Invitation.objects.filter(
        tenant_id=member.tenant_id, public_id=public_id
    ).first()
    if invitation is None:
        raise NotFound
    return invitation


def access_handover(
    member: Member, public_id: UUID, *, to: Permission = Permission.SEE_STORE
) -> Handover:
    """The store's offer with both people, or NotFound; NotAllowed without the right."""
    require(member, to)
    offer: Handover | None = (
        Handover.objects.select_related("giver", "taker")
        .filter(tenant_id=member.tenant_id, public_id=public_id)
        .first()
    )
    if offer is None:
        raise NotFound
    return offer
