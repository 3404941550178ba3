from typing import ClassVar

from django.db import models

from payments.models.order import OrderLine
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class Delivery(TenantRow):
    """One piece that reached the buyer, and how often they looked at it.

    It is a stock item or a purchase at a supplier, named by its public id.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    line = TenantForeignKey(OrderLine, models.PROTECT, related_name="deliveries")
    unit_no = models.PositiveSmallIntegerField()
    item = models.UUIDField(null=True, blank=True)
    purchase = models.UUIDField(null=True, blank=True)
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
            models.UniqueConstraint(
                fields=["tenant", "purchase"], name="delivery_once_per_purchase"
            ),
            models.CheckConstraint(
                condition=models.Q(item__isnull=False, purchase__isnull=True)
                | models.Q(item__isnull=True, purchase__isnull=False),
                name="delivery_item_or_purchase",
            ),
        ]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.line_id}/{self.unit_no}"
