"""Invitations and offers for somebody who works in the store."""

from uuid import UUID

from ppob.kit.errors import NotFound
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Handover, Invitation
from tenants.permissions import Permission


def access_invitation(
    actor: Actor, public_id: UUID, *, to: Permission = Permission.EDIT_MEMBERS
) -> Invitation:
    """The store's invitation, or NotFound; NotAllowed without the right."""
    require(actor, to)
    invitation: Invitation | None = Invitation.objects.filter(
        tenant_id=actor.tenant_id, public_id=public_id
    ).first()
    if invitation is None:
        raise NotFound
    return invitation


def access_handover(
    actor: Actor, public_id: UUID, *, to: Permission = Permission.SEE_STORE
) -> Handover:
    """The store's offer with both people, or NotFound; NotAllowed without the right."""
    require(actor, to)
    offer: Handover | None = (
        Handover.objects.select_related("giver", "taker")
        .filter(tenant_id=actor.tenant_id, public_id=public_id)
        .first()
    )
    if offer is None:
        raise NotFound
    return offer
