from typing import ClassVar

from django.db import models

from inventory.models.supplier import SupplierAccount
from inventory.states import HoldStatus
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class DepositHold(TenantRow):
    """A part of the deposit at a supplier (rupiah), set aside for one order line.

    `holder` is the line's public id. It is consumed when the top-up was bought, and
    released when it certainly will not be.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    account = TenantForeignKey(SupplierAccount, models.PROTECT, related_name="+")
    holder = models.UUIDField()
    amount = models.BigIntegerField()
    status = models.CharField(
        max_length=10, choices=HoldStatus, default=HoldStatus.ACTIVE
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "holder"],
                condition=~models.Q(status=HoldStatus.RELEASED),
                name="deposit_hold_once_per_line",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=HoldStatus.values),
                name="deposit_hold_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0), name="deposit_hold_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(status=HoldStatus.ACTIVE, ended_at=None)
                | ~models.Q(status=HoldStatus.ACTIVE)
                & models.Q(ended_at__isnull=False),
                name="deposit_hold_ended_with_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "account"],
                condition=models.Q(status=HoldStatus.ACTIVE),
                name="deposit_hold_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.holder}"
