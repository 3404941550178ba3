from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from catalog.models import Product
from inventory.models.batch import StockBatch
from inventory.states import MovementKind
from ppob.kit.changes import ChangeMark
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class StockMovement(TenantRow):
    """One change of a product's stock; the sums of all of them are the levels.

    `available` counts what can be bought, `on_hand` what has not been sold yet.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    # The upload that came or was withdrawn as a whole.
    batch = TenantForeignKey(
        StockBatch,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
    )
    kind = models.CharField(max_length=12, choices=MovementKind)
    available = models.IntegerField()
    on_hand = models.IntegerField()
    holder = models.UUIDField(null=True)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()
    changed = ChangeMark()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "holder"],
                condition=models.Q(kind=MovementKind.SOLD),
                name="movement_sold_once_per_line",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=MovementKind.values),
                name="movement_kind_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["product", "-id"], name="movement_newest"),
            models.Index(fields=["tenant", "-id"], name="movement_newest_of_store"),
            models.Index(fields=["changed"], name="movement_changed"),
            # Rows lie in the order of their time: an index that costs writers nothing.
            BrinIndex(
                fields=["at"],
                autosummarize=True,
                pages_per_range=16,
                name="movement_lately",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.available:+d}/{self.on_hand:+d}"
