from datetime import timedelta
from typing import ClassVar

from django.db import models

from payments.states import DepositStatus
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Customer, Tenant

LONGEST_WAIT = timedelta(hours=48)  # the longest hold of a way to pay


class Deposit(TenantRow):
    """A buyer's wish to top up their balance. `amount` is whole rupiah.

    `request_key` names the click or request, so that a repeated one finds it again.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    code = models.CharField(max_length=8)
    request_key = models.CharField(max_length=80)
    customer = TenantForeignKey(Customer, models.PROTECT, related_name="deposits")
    status = models.CharField(
        max_length=16, choices=DepositStatus, default=DepositStatus.AWAITING_PAYMENT
    )
    amount = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    credited_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "code"], name="deposit_code_once_per_store"
            ),
            models.UniqueConstraint(
                fields=["tenant", "request_key"], name="deposit_once_per_request"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DepositStatus.values),
                name="deposit_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=1), name="deposit_amount_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(status=DepositStatus.AWAITING_PAYMENT)
                | models.Q(expires_at__lte=models.F("created_at") + LONGEST_WAIT),
                name="deposit_waits_for_two_days",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-id"], name="deposit_by_customer"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(status=DepositStatus.AWAITING_PAYMENT),
                name="deposit_to_expire",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.code}"


class DepositEvent(TenantRow):
    """One move of a deposit: who, when, from where to where."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    deposit = TenantForeignKey(Deposit, models.PROTECT, related_name="events")
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = []

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
