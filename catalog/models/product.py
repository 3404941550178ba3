from typing import ClassVar

from django.db import models

from catalog.models.category import Category
from catalog.states import ProductKind
from ppob.kit.changes import ChangeMark
from ppob.kit.ids import new_id
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class Product(TenantRow):
    """Something a store sells. `price` and `cost` are whole rupiah.

    The `price` of a bill is the store's fee, on top of what the bill says. A bill has
    no cost of its own.

    Active products can be bought, visible ones stand on the panels. A deleted product
    keeps its row (`archived_at`), because orders point at it.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    category = TenantForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="products"
    )
    kind = models.CharField(max_length=8, choices=ProductKind, default=ProductKind.CODE)
    sku = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    description = models.TextField(max_length=1000, blank=True)
    image = models.ImageField(upload_to="products/", blank=True)
    price = models.BigIntegerField()
    cost = models.BigIntegerField(default=0)
    minimum_stock = models.PositiveIntegerField(default=5)
    is_active = models.BooleanField(default=True)
    is_visible = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    changed = ChangeMark()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "sku"],
                condition=models.Q(archived_at=None),
                name="product_sku_once_per_store",
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=1, price__lte=MAX_AMOUNT),
                name="product_price_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(cost__gte=0, cost__lte=MAX_AMOUNT),
                name="product_cost_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=ProductKind.values),
                name="product_kind_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "position", "id"],
                condition=models.Q(archived_at=None),
                name="product_shelf_order",
            ),
            models.Index(
                fields=["tenant", "-updated_at"], name="product_newest_change"
            ),
            models.Index(fields=["changed"], name="product_changed"),
            models.Index(fields=["updated_at"], name="product_edited_lately"),
        ]

    def __str__(self) -> str:
        return self.name
