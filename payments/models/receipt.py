from typing import ClassVar

from django.db import models

from payments.models.payment import Payment
from payments.states import DiscrepancyKind, DiscrepancyStatus
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Tenant


class Receipt(TenantRow):
    """Money that came in for a payment: one row per receipt, whole rupiah.

    `key` names the receipt, so that news of it counts once: the gateway's name of the
    event, or the number of a transfer that staff saw. `transaction` is the gateway's
    own id of it (empty for transfers): the same one cannot come in with two totals.
    `taken_back` of it went back by reversals. `fee` is what the gateway kept of it,
    None where it does not say.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    payment = TenantForeignKey(Payment, models.PROTECT, related_name="receipts")
    key = models.CharField(max_length=100)
    transaction = models.CharField(max_length=80, blank=True)
    amount = models.BigIntegerField()
    taken_back = models.BigIntegerField(default=0)
    fee = models.BigIntegerField(null=True, blank=True)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "payment", "key"], name="receipt_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "payment", "transaction"],
                condition=~models.Q(transaction=""),
                name="receipt_once_per_transaction",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=1), name="receipt_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    taken_back__gte=0, taken_back__lte=models.F("amount")
                ),
                name="receipt_taken_back_within_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(fee=None)
                | models.Q(fee__gte=0, fee__lte=models.F("amount")),
                name="receipt_fee_within_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} for {self.payment_id}"

    @property
    def is_by_staff(self) -> bool:
        """Whether a person of the store says that it came, not a gateway."""
        return self.recorded_by.startswith("user:")


class Reversal(TenantRow):
    """Money of a payment that its gateway took back: one row per piece of news.

    Of `amount` (rupiah) the news says, `confirmed` had left the books before, as a
    refund that staff had sent back and noted; `booked` left them now. `of_price` of
    that had paid for the order, `loss` was delivered or spent already. `transaction` is
    the gateway's own id of what went, so that late news that it came is ignored.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    payment = TenantForeignKey(Payment, models.PROTECT, related_name="reversals")
    key = models.CharField(max_length=100)
    transaction = models.CharField(max_length=80, blank=True)
    amount = models.BigIntegerField()
    confirmed = models.BigIntegerField(default=0)
    booked = models.BigIntegerField(default=0)
    of_price = models.BigIntegerField(default=0)
    loss = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "payment", "key"], name="reversal_once"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    amount__gte=models.F("booked") + models.F("confirmed"),
                    confirmed__gte=0,
                    booked__gte=0,
                    of_price__gte=0,
                    of_price__lte=models.F("booked"),
                    loss__gte=0,
                    loss__lte=models.F("booked"),
                ),
                name="reversal_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"-{self.amount} of {self.payment_id}"


class Discrepancy(TenantRow):
    """News of a gateway that contradicts what is known; a person decides.

    `amount` is what the news says and `expected` what we know (both rupiah). Nothing is
    booked until somebody has decided.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    payment = TenantForeignKey(Payment, models.PROTECT, related_name="discrepancies")
    kind = models.CharField(max_length=20, choices=DiscrepancyKind)
    key = models.CharField(max_length=100)
    amount = models.BigIntegerField()
    expected = models.BigIntegerField()
    status = models.CharField(
        max_length=10, choices=DiscrepancyStatus, default=DiscrepancyStatus.OPEN
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "payment", "key"], name="discrepancy_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=DiscrepancyKind.values),
                name="discrepancy_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DiscrepancyStatus.values),
                name="discrepancy_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status=DiscrepancyStatus.OPEN,
                    decided_at__isnull=True,
                    due_at__isnull=False,
                )
                | (
                    ~models.Q(status=DiscrepancyStatus.OPEN)
                    & models.Q(decided_at__isnull=False)
                ),
                name="discrepancy_open_or_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=1, expected__gte=0),
                name="discrepancy_amounts_in_range",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "due_at"],
                condition=models.Q(status=DiscrepancyStatus.OPEN),
                name="discrepancy_open",
            ),
        ]
        verbose_name_plural = "discrepancies"

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}/{self.expected}"
