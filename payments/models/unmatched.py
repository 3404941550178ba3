from typing import ClassVar

from django.db import models

from payments.models.payment import Payment
from payments.states import UnmatchedReason, UnmatchedStatus
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class UnmatchedMoney(TenantRow):
    """Money that really came in and fits no order.

    It goes to the buyer's balance, or waits until `due_at` for the seller's decision.
    A buyer may ask once to have it back where it came from (`asked_back_at`).
    `event_key` is the receipt's key, so the same money is noted once. Money that staff
    noted beyond what was asked for `needs_second_person`: who noted it (`recorded_by`)
    cannot make it a balance.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    payment = TenantForeignKey(Payment, models.PROTECT, related_name="unmatched")
    event_key = models.CharField(max_length=100)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=14, choices=UnmatchedReason)
    status = models.CharField(
        max_length=10, choices=UnmatchedStatus, default=UnmatchedStatus.OPEN
    )
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    asked_back_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)
    recorded_by = models.CharField(max_length=80, blank=True)
    needs_second_person = models.BooleanField(default=False)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "payment", "event_key"], name="unmatched_money_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=UnmatchedStatus.values),
                name="unmatched_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=1), name="unmatched_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(needs_second_person=False)
                | ~models.Q(status=UnmatchedStatus.CREDITED)
                | (
                    models.Q(settled_by__startswith="user:")
                    & ~models.Q(settled_by=models.F("recorded_by"))
                ),
                name="unmatched_credited_by_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "status", "-id"], name="unmatched_newest"),
        ]
        verbose_name_plural = "unmatched money"

    def __str__(self) -> str:
        return f"{self.amount} ({self.reason})"
