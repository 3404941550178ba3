from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.states import ItemStatus
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from security.fields import SealedTextField
from tenants.models import Tenant

BUCKETS = 16


class StockItem(TenantRow):
    """One code. It is encrypted, sold once, and found again only by its owner.

    `holder` is the order line's public id. `bucket` spreads buyers of a hot product
    over sixteen heads of the queue, so that they don't wait for each other.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    bucket = models.PositiveSmallIntegerField()
    code = SealedTextField()
    code_hash = models.CharField(max_length=64)
    status = models.CharField(max_length=8, choices=ItemStatus, default=ItemStatus.FREE)
    holder = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "product", "code_hash"], name="item_code_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=ItemStatus.values),
                name="item_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[ItemStatus.HELD, ItemStatus.SOLD], holder__isnull=False
                )
                | models.Q(
                    status__in=[ItemStatus.FREE, ItemStatus.VOID], holder__isnull=True
                ),
                name="item_holder_fits_status",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["product", "bucket", "id"],
                condition=models.Q(status=ItemStatus.FREE),
                name="item_free",
            ),
            models.Index(
                fields=["holder"],
                condition=models.Q(holder__isnull=False),
                name="item_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"
