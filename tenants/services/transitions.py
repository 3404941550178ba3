"""The machines of stores, invitations and handovers; the audit is their history."""

from ppob.kit.machine import Machine
from tenants.models import Handover, Invitation, Tenant
from tenants.states import (
    HANDOVER_TRANSITIONS,
    INVITATION_TRANSITIONS,
    TENANT_TRANSITIONS,
    HandoverStatus,
    InvitationStatus,
)

STORES = Machine(model=Tenant, table=TENANT_TRANSITIONS)
INVITATIONS = Machine(
    model=Invitation,
    table=INVITATION_TRANSITIONS,
    times={
        InvitationStatus.ACCEPTED: "ended_at",
        InvitationStatus.REVOKED: "ended_at",
    },
)
HANDOVERS = Machine(
    model=Handover,
    table=HANDOVER_TRANSITIONS,
    times={
        HandoverStatus.ACCEPTED: "ended_at",
        HandoverStatus.DECLINED: "ended_at",
        HandoverStatus.WITHDRAWN: "ended_at",
    },
)
