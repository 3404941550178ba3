"""Words of the change history for stores and the people in them."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.audit_words import AuditWords
from tenants.states import CustomerTier, Role

WORDS = AuditWords(
    groups={
        "toko": _("Store & Discord"),
    },
    prefixes={
        "store.": "toko",
        "member.": "toko",
        "demo.": "toko",
        "customer.": "pesanan",
    },
    actions={
        "store.opened": _("Store opened"),
        "store.changed": _("Store settings changed"),
        "store.suspended": _("Sales stopped by the platform"),
        "store.active": _("Sales resumed by the platform"),
        "demo.seeded": _("Demo data added"),
        "member.invited": _("Invitation made"),
        "member.invitation_revoked": _("Invitation withdrawn"),
        "member.joined": _("Joined the store"),
        "member.role_changed": _("Role changed"),
        "member.removed": _("Removed from the store"),
        "member.left": _("Left the store"),
        "member.store_offered": _("Store offered to a new owner"),
        "member.offer_withdrawn": _("Offer of the store withdrawn"),
        "member.offer_declined": _("Offer of the store declined"),
        "member.store_taken_over": _("Store taken over by a new owner"),
        "customer.blocked": _("Buyer blocked"),
        "customer.unblocked": _("Buyer unblocked"),
        "customer.tier_changed": _("Buyer's tier changed"),
    },
    objects={
        "tenant": _("Store"),
        "guild": _("Discord server"),
        "member": _("Staff"),
        "invitation": _("Invitation"),
        "customer": _("Buyer"),
    },
    fields={
        "name": _("Name"),
        "time_zone": _("Time zone"),
        "language": _("Language"),
        "deposit_alert_hours": _("Hours before a deposit is called low"),
        "status": _("Status"),
        "role": _("Role"),
        "tier": _("Tier"),
        "account": _("For the Discord account"),
        "expires_at": _("Valid until"),
        "invited_by": _("Invited by"),
        "handed_over_by": _("Handed over by"),
        "ended_invitations": _("Invitations that ended with it"),
        "guild_id": _("Discord server"),
        "code": _("Code"),
        "more_the_hour_before": _("More of them in the hour before"),
        "reason": _("Reason"),
        "note": _("Note"),
        "number": _("Number"),
    },
    values={
        "status": {
            "active": _("Active"),
            "suspended": _("Suspended"),
            "paused": _("Paused"),
        },
        "role": {role.value: role.label for role in Role},
        "tier": {tier.value: tier.label for tier in CustomerTier},
        "language": {"id": _("Indonesian"), "en": _("English")},
    },
    internal=frozenset({"guild_id"}),
)
