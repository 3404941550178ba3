from typing import ClassVar

from django.db import models

from payments.gateways.instructions import Instructions, unpack
from payments.models.deposit import Deposit
from payments.models.method import PaymentMethod
from payments.models.order import Order
from payments.states import (
    ENDED_UNPAID,
    OPEN_PAYMENTS,
    UNENDED_PAYMENTS,
    PaymentStatus,
)
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class Payment(TenantRow):
    """One attempt to pay an order or a deposit. `amount` is whole rupiah with its code.

    `reference` is ours, exists before the gateway is called and never changes. While
    `reserves_amount` is set, nobody else is asked for the same amount on the same
    account: the amount is how a transfer is recognised. `is_test` is what its method
    was when the money was asked for. `instructions` is what the gateway tells the payer
    to do (`payments.gateways.instructions`).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    order = TenantForeignKey(
        Order, models.PROTECT, related_name="payments", null=True, blank=True
    )
    deposit = TenantForeignKey(
        Deposit, models.PROTECT, related_name="payments", null=True, blank=True
    )
    method = TenantForeignKey(PaymentMethod, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=60, unique=True)
    gateway_reference = models.CharField(max_length=80, blank=True)
    status = models.CharField(
        max_length=10, choices=PaymentStatus, default=PaymentStatus.CREATED
    )
    amount = models.BigIntegerField()
    from_balance = models.BooleanField(default=False)
    is_test = models.BooleanField(default=False, db_default=False)
    unique_code = models.PositiveSmallIntegerField(default=0)
    reserves_amount = models.BooleanField(default=False)
    instructions = models.JSONField(default=dict, blank=True)
    pay_url = models.URLField(max_length=500, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    buyer_says_paid_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "order", "from_balance"],
                condition=models.Q(status__in=OPEN_PAYMENTS),
                name="payment_one_open_per_order",
            ),
            models.UniqueConstraint(
                fields=["tenant", "deposit"],
                condition=models.Q(status__in=OPEN_PAYMENTS),
                name="payment_one_open_per_deposit",
            ),
            models.CheckConstraint(
                condition=models.Q(order__isnull=False, deposit__isnull=True)
                | models.Q(
                    order__isnull=True, deposit__isnull=False, from_balance=False
                ),
                name="payment_for_order_or_deposit",
            ),
            models.UniqueConstraint(
                fields=["tenant", "method", "amount"],
                condition=models.Q(reserves_amount=True),
                name="payment_amount_once_per_account",
            ),
            # Coming back to an account gives its first amount again.
            models.UniqueConstraint(
                models.F("tenant"),
                models.F("order"),
                models.F("method"),
                models.F("amount") - models.F("unique_code"),
                condition=models.Q(reserves_amount=True, status__in=UNENDED_PAYMENTS),
                name="payment_one_amount_per_way",
            ),
            models.UniqueConstraint(
                fields=["tenant", "method", "gateway_reference"],
                condition=~models.Q(gateway_reference=""),
                name="payment_gateway_reference_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=PaymentStatus.values),
                name="payment_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=1), name="payment_amount_positive"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["checked_at"],
                condition=models.Q(status__in=OPEN_PAYMENTS),
                name="payment_to_check",
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(reserves_amount=True),
                name="payment_to_release",
            ),
            # Only payments at a gateway were ever asked about.
            models.Index(
                fields=["expires_at", "checked_at"],
                condition=models.Q(status__in=ENDED_UNPAID, checked_at__isnull=False),
                name="payment_ended_lately",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def subject(self) -> Order | Deposit:
        """What is paid for: both have a code, a customer and a deadline."""
        subject = self.order or self.deposit
        if subject is None:
            raise ValueError(f"{self.reference} pays for nothing.")
        return subject

    @property
    def how_to_pay(self) -> Instructions | None:
        """What the payer is told to do; None for a transfer to the seller."""
        return unpack(self.instructions)

    @property
    def net(self) -> int:
        """What counts towards the price (rupiah): the amount without its code."""
        return self.amount - self.unique_code


class PaymentEvent(TenantRow):
    """One move of a payment: when, from where to where."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    payment = TenantForeignKey(Payment, models.PROTECT, related_name="events")
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10)
    actor = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = []

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
