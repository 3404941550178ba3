from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.codes.normal import INDEX_VERSION
from inventory.models.batch import StockBatch
from inventory.states import LIVE_ITEMS, ItemStatus
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from security.fields import SealedTextField
from tenants.models import Tenant

BUCKETS = 16


class StockItem(TenantRow):
    """One code. It is encrypted, sold once, and found again only by its owner.

    `holder` is the order line's public id. `bucket` spreads buyers of a hot product
    over sixteen heads of the queue, so that they don't wait for each other.

    `code_hash` is the blind index of the code's normal form: it alone decides whether
    two codes are the same. `fold_hash` is that of the form without capital letters and
    only finds what is similar. `index_version` says how both were made; 0 is the code
    as it stands, from before there was a normal form.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    bucket = models.PositiveSmallIntegerField()
    code = SealedTextField()
    batch = TenantForeignKey(
        StockBatch,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    code_hash = models.CharField(max_length=64)
    fold_hash = models.CharField(max_length=64, default="", db_default="", blank=True)
    index_version = models.PositiveSmallIntegerField(
        default=INDEX_VERSION, db_default=0
    )
    status = models.CharField(
        max_length=12, choices=ItemStatus, default=ItemStatus.FREE
    )
    holder = models.UUIDField(null=True, blank=True)
    # When and why it was put into quarantine or taken out.
    aside_at = models.DateTimeField(null=True, blank=True)
    aside_reason = models.CharField(
        max_length=200, default="", db_default="", blank=True
    )
    created_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            # In all products of a store: a code is good for one buyer, wherever it
            # lies. What was taken out may come again.
            models.UniqueConstraint(
                fields=["tenant", "code_hash"],
                condition=models.Q(status__in=LIVE_ITEMS, index_version__gte=1),
                name="item_code_once",
            ),
            # The promise of before, for rows that have no new index yet.
            models.UniqueConstraint(
                fields=["tenant", "code_hash", "product"],
                condition=models.Q(index_version=0),
                name="item_raw_code_once",
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
                    status__in=[
                        ItemStatus.FREE,
                        ItemStatus.VOID,
                        ItemStatus.QUARANTINED,
                    ],
                    holder__isnull=True,
                ),
                name="item_holder_fits_status",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[ItemStatus.VOID, ItemStatus.QUARANTINED])
                | models.Q(aside_at__isnull=True, aside_reason=""),
                name="item_aside_fits_status",
            ),
            models.CheckConstraint(
                condition=models.Q(index_version=0) | ~models.Q(code_hash=""),
                name="item_has_index",
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
            models.Index(fields=["tenant", "fold_hash"], name="item_similar"),
            models.Index(fields=["product", "-id"], name="item_newest"),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"
