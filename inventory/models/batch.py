from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.states import BatchSource
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class StockBatch(TenantRow):
    """The codes that came in with one upload; what is unsold can be withdrawn at once.

    `added` is how many codes it had. Once `withdrawn_at` is set none of them is for
    sale again: those that are held then are taken out when their hold is released.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    source = models.CharField(max_length=8, choices=BatchSource)
    file_name = models.CharField(max_length=80, default="", blank=True)
    added = models.PositiveIntegerField()
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(source__in=BatchSource.values),
                name="batch_source_known",
            ),
            models.CheckConstraint(
                condition=models.Q(added__gte=1), name="batch_has_codes"
            ),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"
