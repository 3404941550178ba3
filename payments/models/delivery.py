from typing import ClassVar

from django.db import models

from payments.models.order import OrderLine
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class Delivery(TenantRow):
    """One piece that reached the buyer: the stock item's public id, and the reveals."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    line = TenantForeignKey(OrderLine, models.PROTECT, related_name="deliveries")
    unit_no = models.PositiveSmallIntegerField()
    item = models.UUIDField()
    delivered_at = models.DateTimeField()
    first_revealed_at = models.DateTimeField(null=True, blank=True)
    reveals = models.PositiveIntegerField(default=0)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "line", "unit_no"], name="delivery_once_per_unit"
            ),
            models.UniqueConstraint(
                fields=["tenant", "item"], name="delivery_once_per_item"
            ),
        ]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.line_id}/{self.unit_no}"
