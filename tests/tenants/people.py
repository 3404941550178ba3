"""A store with somebody in every role, and what is known of its people."""

from dataclasses import dataclass
from typing import Any

from security.models import AuditEntry
from tenants.models import Handover, Invitation, Member, Tenant
from tenants.services import invitations
from tenants.services.invitations import InvitationDraft
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_user


@dataclass
class Crew:
    """Two owners, and one person in each other role."""

    store: Tenant
    owner: Member
    partner: Member
    admin: Member
    cashier: Member
    viewer: Member


def make_crew(store: Tenant) -> Crew:
    owner, partner = make_member(Role.OWNER), make_member(Role.OWNER)
    admin, cashier = make_member(Role.ADMIN), make_member(Role.CASHIER)
    return Crew(store, owner, partner, admin, cashier, make_member(Role.VIEWER))


def invite(member: Member, role: Role = Role.CASHIER, **draft: Any) -> str:
    """The token of a new invitation."""
    wanted = InvitationDraft(role=role, **draft)
    return invitations.invite(actor=member, draft=wanted, now=NOON).token


def newcomer(**fields: Any) -> Any:
    """Somebody who works nowhere."""
    return make_user(**fields)


def roles() -> dict[int, str]:
    """Who works in the store, as what."""
    return dict(Member.objects.values_list("user_id", "role"))


def picture() -> dict[str, Any]:
    """All that a refusal must leave as it was."""
    return {
        "members": list(Member.objects.order_by("pk").values()),
        "invitations": list(Invitation.objects.order_by("pk").values()),
        "handovers": list(Handover.objects.order_by("pk").values()),
        "audit": AuditEntry.objects.count(),
    }


def last_entry() -> AuditEntry:
    found = AuditEntry.objects.order_by("-pk").first()
    assert found is not None
    return found
