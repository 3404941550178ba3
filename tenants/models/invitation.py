from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantRow
from tenants.models.tenant import Tenant
from tenants.states import InvitationStatus, Role


class Invitation(TenantRow):
    """A link that lets one person join a store in one role, once.

    Only the hash of the link's token is kept. `discord_id` or `username` name the one
    Discord account that may use it; without both, whoever has the link may. It ends by
    being accepted or withdrawn, and is useless from `expires_at` on.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    role = models.CharField(max_length=12, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    discord_id = models.BigIntegerField(null=True, blank=True)
    username = models.CharField(max_length=32, blank=True)
    status = models.CharField(
        max_length=12, choices=InvitationStatus, default=InvitationStatus.OPEN
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="invitation_role_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=InvitationStatus.values),
                name="invitation_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status=InvitationStatus.ACCEPTED, accepted_by__isnull=False)
                | ~Q(status=InvitationStatus.ACCEPTED) & Q(accepted_by__isnull=True),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status=InvitationStatus.OPEN, ended_at__isnull=True)
                | ~Q(status=InvitationStatus.OPEN) & Q(ended_at__isnull=False),
                name="invitation_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(discord_id__isnull=True) | Q(username=""),
                name="invitation_for_one_account",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "-id"],
                condition=Q(status=InvitationStatus.OPEN),
                name="invitation_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.status}"

    @property
    def account(self) -> str:
        """The Discord account it is for, as it was entered; empty for anybody's."""
        return str(self.discord_id) if self.discord_id else self.username

    def is_usable(self, now: datetime) -> bool:
        """Whether it can still be accepted at this moment."""
        return self.status == InvitationStatus.OPEN and now < self.expires_at
