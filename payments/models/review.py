from typing import ClassVar

from django.db import models

from payments.models.order import Order
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Customer, Tenant


class Review(TenantRow):
    """What a buyer thought of an order: one to five stars, once per order."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    order = TenantForeignKey(Order, models.PROTECT, related_name="reviews")
    customer = TenantForeignKey(Customer, models.PROTECT, related_name="+")
    stars = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "order"], name="review_once_per_order"
            ),
            models.CheckConstraint(
                condition=models.Q(stars__gte=1, stars__lte=5),
                name="review_one_to_five_stars",
            ),
        ]

    def __str__(self) -> str:
        return "★" * self.stars
