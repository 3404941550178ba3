from typing import ClassVar

from django.db import models

from payments.models.order import Order
from payments.models.payment import Payment
from payments.states import RefundStatus, RefundTo
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class Refund(TenantRow):
    """Money of an order that goes back to its buyer (whole rupiah).

    `request_key` is made when the form is built: two clicks are one refund. Above the
    store's limit a second person has to approve it. What goes to its source waits until
    `due_at` for somebody to pay it out.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    request_key = models.CharField(max_length=80)
    order = TenantForeignKey(Order, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    destination = models.CharField(max_length=8, choices=RefundTo)
    status = models.CharField(max_length=18, choices=RefundStatus)
    reason = models.CharField(max_length=200)
    requested_by = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    approved_by = models.CharField(max_length=80, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "request_key"], name="refund_once_per_request"
            ),
            models.UniqueConstraint(
                fields=["tenant", "order"],
                condition=models.Q(status=RefundStatus.AWAITING_APPROVAL),
                name="refund_one_awaits_approval",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=RefundStatus.values),
                name="refund_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(destination__in=RefundTo.values),
                name="refund_destination_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=1), name="refund_amount_positive"
            ),
            models.CheckConstraint(
                condition=~models.Q(approved_by=models.F("requested_by")),
                name="refund_approved_by_another",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "status", "-id"], name="refund_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.order_id}"


class RefundPart(TenantRow):
    """The share of a refund that undoes one payment."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    refund = TenantForeignKey(Refund, models.PROTECT, related_name="parts")
    payment = TenantForeignKey(Payment, models.PROTECT, related_name="refund_parts")
    amount = models.BigIntegerField()
    destination = models.CharField(max_length=8, choices=RefundTo)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "refund", "payment"],
                name="refund_part_once_per_payment",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=1), name="refund_part_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.payment_id}"


class RefundEvent(TenantRow):
    """One move of a refund: who, when, from where to where."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    refund = TenantForeignKey(Refund, models.PROTECT, related_name="events")
    source = models.CharField(max_length=18, blank=True)
    target = models.CharField(max_length=18)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = []

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
