from datetime import timedelta
from typing import ClassVar

from django.db import models

from catalog.models import Product
from catalog.states import SUPPLIED_KINDS, ProductKind
from payments.states import AdjustmentKind, OrderStatus
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Customer, Tenant

LONGEST_WAIT = timedelta(hours=48, minutes=15)


class Order(TenantRow):
    """A purchase. `total` is whole rupiah; `code` is what people call it by.

    `reserved` of it is set aside from the buyer's balance while the order waits for the
    rest; `refunded` of it was given back or is on its way.
    `request_key` names the click or request that made the order, so that a repeated one
    finds this order again. `is_test` orders are paid with test money: they count in no
    figure and buy nothing from a supplier's live account. It waits for its money until
    `expires_at`, and never beyond `latest_at`: what was asked about a bill counts on
    one day alone.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    code = models.CharField(max_length=8)
    request_key = models.CharField(max_length=80)
    customer = TenantForeignKey(Customer, models.PROTECT, related_name="orders")
    status = models.CharField(
        max_length=16, choices=OrderStatus, default=OrderStatus.AWAITING_PAYMENT
    )
    total = models.BigIntegerField()
    reserved = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    is_test = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    latest_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "code"], name="order_code_once_per_store"
            ),
            models.UniqueConstraint(
                fields=["tenant", "request_key"], name="order_once_per_request"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=OrderStatus.values),
                name="order_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(total__gte=1), name="order_total_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(refunded__gte=0, refunded__lte=models.F("total")),
                name="order_refunded_within_total",
            ),
            models.CheckConstraint(
                condition=models.Q(reserved=0)
                | models.Q(
                    status=OrderStatus.AWAITING_PAYMENT,
                    reserved__gt=0,
                    reserved__lt=models.F("total"),
                ),
                name="order_reserved_while_it_waits",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=OrderStatus.AWAITING_PAYMENT)
                | models.Q(latest_at=None)
                | models.Q(expires_at__lte=models.F("latest_at")),
                name="order_waits_no_longer_than_it_may",
            ),
            # A quarter of an hour to choose a way to pay, and the longest hold of one.
            models.CheckConstraint(
                condition=~models.Q(status=OrderStatus.AWAITING_PAYMENT)
                | models.Q(expires_at__lte=models.F("created_at") + LONGEST_WAIT),
                name="order_waits_for_two_days",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-id"], name="order_newest"),
            models.Index(fields=["tenant", "status", "-id"], name="order_by_status"),
            models.Index(fields=["customer", "-id"], name="order_by_customer"),
            models.Index(
                fields=["customer", "created_at"], name="order_of_customer_at"
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(status=OrderStatus.AWAITING_PAYMENT),
                name="order_to_expire",
            ),
            models.Index(
                fields=["paid_at"],
                condition=models.Q(
                    status__in=[OrderStatus.PAID, OrderStatus.DELIVERING]
                ),
                name="order_to_deliver",
            ),
            # What the seller's start page says of today.
            models.Index(fields=["tenant", "created_at"], name="order_placed_at"),
            models.Index(
                fields=["tenant", "paid_at"],
                condition=models.Q(paid_at__isnull=False),
                name="order_paid_at",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.code}"


class OrderLine(TenantRow):
    """One product of an order, with the name and price it had at that moment.

    A top-up goes to `destination`, the buyer's account in the game (its player calls
    themselves `destination_name` there, if somebody knows), and may cost `cost_ceiling`
    at a supplier; so does a bill, for the customer number of that name. A code has none
    of these. What `is_undelivered` has been given back instead. `reduction` is what
    price rules took off all its pieces.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    order = TenantForeignKey(Order, models.PROTECT, related_name="lines")
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=ProductKind, default=ProductKind.CODE)
    destination = models.CharField(max_length=120, blank=True)
    destination_name = models.CharField(max_length=80, blank=True, db_default="")
    product_name = models.CharField(max_length=80)
    quantity = models.PositiveIntegerField()
    unit_price = models.BigIntegerField()
    unit_cost = models.BigIntegerField()
    reduction = models.BigIntegerField(default=0, db_default=0)
    cost_ceiling = models.BigIntegerField(null=True, blank=True)
    is_undelivered = models.BooleanField(default=False, db_default=False)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, unit_price__gte=1),
                name="line_has_quantity_and_price",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=ProductKind.CODE, destination="")
                | models.Q(kind__in=SUPPLIED_KINDS, quantity=1)
                & ~models.Q(destination=""),
                name="line_destination_fits_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=ProductKind.CODE, cost_ceiling=None)
                | models.Q(
                    kind__in=SUPPLIED_KINDS,
                    cost_ceiling__isnull=False,  # a comparison with nothing is no "no"
                    cost_ceiling__gte=1,
                ),
                name="line_ceiling_fits_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    reduction__gte=0,
                    reduction__lt=models.F("unit_price") * models.F("quantity"),
                ),
                name="line_reduction_below_price",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_name}"

    @property
    def price(self) -> int:
        """What all its pieces cost the buyer, less what price rules took off."""
        return self.quantity * self.unit_price - self.reduction


class OrderAdjustment(TenantRow):
    """What is taken off the sum of an order's lines (rupiah, below zero).

    `source` names the voucher, tier or rule that it comes from, `label` is for people.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    order = TenantForeignKey(Order, models.PROTECT, related_name="adjustments")
    kind = models.CharField(max_length=8, choices=AdjustmentKind)
    source = models.CharField(max_length=80)
    label = models.CharField(max_length=80)
    amount = models.BigIntegerField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "order", "kind", "source"],
                name="adjustment_once_per_order",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AdjustmentKind.values),
                name="adjustment_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__lt=0) & ~models.Q(source=""),
                name="adjustment_lowers_and_has_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.amount:+d}"


class OrderEvent(TenantRow):
    """One move of an order: who, when, from where to where, and why."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    order = TenantForeignKey(Order, models.PROTECT, related_name="events")
    source = models.CharField(max_length=16, blank=True)
    target = models.CharField(max_length=16)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = []

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
