from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.states import HoldStatus
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class Hold(TenantRow):
    """Codes set aside for one order line until a deadline."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    holder = models.UUIDField()
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    status = models.CharField(
        max_length=10, choices=HoldStatus, default=HoldStatus.ACTIVE
    )
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "holder"],
                condition=~models.Q(status=HoldStatus.RELEASED),
                name="hold_once_per_line",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=HoldStatus.values),
                name="hold_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1), name="hold_quantity_positive"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(status=HoldStatus.ACTIVE),
                name="hold_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.holder}"
