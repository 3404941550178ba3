from typing import ClassVar

from django.db import models

from bot.models.ticket import Ticket
from bot.states import OutboxStatus
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Guild, Tenant


class OutgoingMessage(TenantRow):
    """A message Discord should carry; written in the transaction that caused it.

    `kind` names the presenter that words it, `payload` holds ids only (never a secret).
    It goes to the ticket's channel, to `channel_id`, or by DM to `recipient_id`. The
    row's id is Discord's nonce, so sending it twice shows it once. `unreached` is the
    note that its buyer has to be told by the store's staff.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    guild = TenantForeignKey(Guild, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=100)
    ticket = TenantForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="+"
    )
    channel_id = models.BigIntegerField(null=True, blank=True)
    recipient_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(
        max_length=8, choices=OutboxStatus, default=OutboxStatus.QUEUED
    )
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    discord_id = models.BigIntegerField(null=True, blank=True)
    error = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True)
    unreached = models.UUIDField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "dedupe_key"], name="outgoing_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=OutboxStatus.values),
                name="outgoing_status_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(status=OutboxStatus.QUEUED),
                name="outgoing_due",
            ),
        ]

    def __str__(self) -> str:
        return self.kind
