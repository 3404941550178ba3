from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper

from ppob.kit.ids import new_id
from ppob.kit.lookups import BeginsCapital
from ppob.kit.tenant_rows import TenantRow
from tenants.models.tenant import Tenant
from tenants.states import CustomerTier

models.CharField.register_lookup(BeginsCapital)


class Customer(TenantRow):
    """A buyer as one store knows them, by their Discord account.

    A blocked one buys nothing new; `blocked_reason` is for the store's people alone.
    What they pay depends on their `tier`, which staff set.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    discord_id = models.BigIntegerField()
    username = models.CharField(max_length=64)
    # In capital letters, because a policy lets no index compute them (see `lookups`).
    search_name = models.GeneratedField(
        expression=Upper("username"),
        output_field=models.CharField(max_length=64),
        db_persist=True,
    )
    display_name = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=2, default="id")
    tier = models.CharField(
        max_length=8,
        choices=CustomerTier,
        default=CustomerTier.MEMBER,
        db_default=CustomerTier.MEMBER,
    )
    created_at = models.DateTimeField()
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(max_length=200, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "discord_id"], name="customer_once_per_store"
            ),
            models.CheckConstraint(
                condition=models.Q(blocked_at__isnull=False)
                | models.Q(blocked_reason=""),
                name="customer_reason_when_blocked",
            ),
            models.CheckConstraint(
                condition=models.Q(tier__in=CustomerTier.values),
                name="customer_tier_known",
            ),
        ]
        indexes: ClassVar = [
            # A buyer in direct messages: in which stores are they known?
            models.Index(fields=["discord_id"], name="customer_by_account"),
            models.Index(
                fields=["tenant", "-id"],
                condition=models.Q(blocked_at__isnull=False),
                name="customer_blocked",
            ),
            models.Index(
                fields=["tenant", "search_name"],
                opclasses=["int8_ops", "text_pattern_ops"],
                name="customer_by_name",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def actor(self) -> str:
        """How the audit trail and order events name this buyer."""
        return f"discord:{self.discord_id}"
