from typing import ClassVar

from django.db import models

from bot.states import Desired, Observed
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantRow
from security.fields import SealedTextField


class BotInstance(TenantRow):
    """One bot account: the shared one (no tenant) or a store's own.

    `generation` goes up to restart it. The process that holds the lease runs it, so a
    token is never used twice at once.
    """

    tenant_id = models.BigIntegerField(null=True, blank=True)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    application_id = models.BigIntegerField(unique=True)
    token = SealedTextField(null=True, blank=True)
    desired = models.CharField(max_length=8, choices=Desired, default=Desired.RUNNING)
    observed = models.CharField(
        max_length=12, choices=Observed, default=Observed.STOPPED
    )
    observed_reason = models.CharField(max_length=80, blank=True)
    generation = models.PositiveIntegerField(default=1)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(desired__in=Desired.values),
                name="bot_desired_known",
            ),
            models.CheckConstraint(
                condition=models.Q(observed__in=Observed.values),
                name="bot_observed_known",
            ),
        ]

    def __str__(self) -> str:
        return f"bot {self.application_id}"


class InstanceEvent(TenantRow):
    """One move of a bot account: when, from where to where, and why.

    Like its bot, which is named by its application, it belongs to one store or to none.
    """

    tenant_id = models.BigIntegerField(null=True, blank=True)
    application_id = models.BigIntegerField(db_index=True)
    source = models.CharField(max_length=12)
    target = models.CharField(max_length=12)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(target__in=Observed.values),
                name="instance_event_target_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
