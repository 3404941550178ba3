"""Statuses, roles and tiers of a store."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TenantStatus(TextChoices):
    """Whether a store may sell."""

    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")


TENANT_TRANSITIONS: dict[TenantStatus, frozenset[TenantStatus]] = {
    TenantStatus.ACTIVE: frozenset({TenantStatus.SUSPENDED}),
    TenantStatus.SUSPENDED: frozenset({TenantStatus.ACTIVE}),
}


class Role(TextChoices):
    """What somebody is in a store."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    CASHIER = "cashier", _("Cashier")
    VIEWER = "viewer", _("Viewer")


class CustomerTier(TextChoices):
    """What a buyer is to a store, from the highest prices to the lowest."""

    MEMBER = "member", _("Member")
    VIP = "vip", _("VIP")
    RESELLER = "reseller", _("Reseller")

    @property
    def rank(self) -> int:
        """How far up it stands: who stands higher never pays more."""
        return list(CustomerTier).index(self)


class InvitationStatus(TextChoices):
    """Whether an invitation can still be accepted; an overdue one stays open."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REVOKED = "revoked", _("Withdrawn")


INVITATION_TRANSITIONS: dict[InvitationStatus, frozenset[InvitationStatus]] = {
    InvitationStatus.OPEN: frozenset(
        {InvitationStatus.ACCEPTED, InvitationStatus.REVOKED}
    ),
    InvitationStatus.ACCEPTED: frozenset(),
    InvitationStatus.REVOKED: frozenset(),
}


class HandoverStatus(TextChoices):
    """Where the offer of a store to one of its staff stands."""

    OFFERED = "offered", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


HANDOVER_TRANSITIONS: dict[HandoverStatus, frozenset[HandoverStatus]] = {
    HandoverStatus.OFFERED: frozenset(
        {
            HandoverStatus.ACCEPTED,
            HandoverStatus.DECLINED,
            HandoverStatus.WITHDRAWN,
        }
    ),
    HandoverStatus.ACCEPTED: frozenset(),
    HandoverStatus.DECLINED: frozenset(),
    HandoverStatus.WITHDRAWN: frozenset(),
}
