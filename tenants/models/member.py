from typing import ClassVar

from django.conf import settings
from django.db import models

from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models.invitation import Invitation
from tenants.models.tenant import Tenant
from tenants.permissions import PERMISSIONS_OF, Permission, covers
from tenants.states import Role


class Member(TenantRow):
    """Somebody who works in a store, with one role: the usual `Actor`.

    `invitation` is the one that let the person in; whoever opened the store has none.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=Role)
    invitation = TenantForeignKey(
        Invitation, models.PROTECT, related_name="+", null=True, blank=True
    )
    created_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "user"], name="member_once_per_store"
            ),
            models.UniqueConstraint(
                fields=["tenant", "invitation"], name="member_once_per_invitation"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="member_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"

    @property
    def name(self) -> str:
        """How the audit trail names this person."""
        return f"user:{self.user_id}"

    @property
    def is_person(self) -> bool:
        """Always: somebody who works here decides at this moment."""
        return True

    @property
    def discord_id(self) -> int | None:
        """The Discord account of this person."""
        return self.user.discord_id

    def may(self, permission: Permission) -> bool:
        """Whether the role carries this permission."""
        return permission in PERMISSIONS_OF[Role(self.role)]

    def may_grant(self, role: Role | str) -> bool:
        """Whether this person may give somebody the role, or take it from them."""
        return self.may(Permission.EDIT_MEMBERS) and covers(Role(self.role), Role(role))
