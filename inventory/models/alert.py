from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.states import AlertLevel
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class StockAlert(TenantRow):
    """A product that needs stock: raised by crossing a level, resolved by refilling."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    level = models.CharField(max_length=8, choices=AlertLevel)
    available = models.PositiveIntegerField()
    raised_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "product"],
                condition=models.Q(resolved_at=None),
                name="alert_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=AlertLevel.values),
                name="alert_level_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level}: {self.available}"
