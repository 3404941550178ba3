from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.models.supplier import SupplierAccount
from inventory.states import BILLED_INQUIRIES, BillFinding, InquiryStatus
from ppob.kit.ids import new_id
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Customer, Tenant

_IS_BILLED = models.Q(status__in=BILLED_INQUIRIES)
_IS_USED = models.Q(status=InquiryStatus.USED)
_IS_NOTHING = models.Q(status=InquiryStatus.NOTHING)


class BillInquiry(TenantRow):
    """One question to a supplier about what a number owes, and its answer.

    `ref_id` is ours and exists before the call; the bill is paid under it, or under the
    supplier's own `supplier_reference`. Both count on `day` alone, the Jakarta date on
    which it was asked. `billed` is what the customer has to pay without the store's
    fee, `cost` what it takes from the deposit, `admin` what of `billed` are fees of
    others, in whole rupiah. `details` are pairs of a `BillDetail` and its text.
    `holder` is the public id of the order line that the answer was used for, on
    `used_on`.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    account = TenantForeignKey(SupplierAccount, models.PROTECT, related_name="+")
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    customer = TenantForeignKey(Customer, models.PROTECT, related_name="+")
    sku = models.CharField(max_length=60)
    destination = models.CharField(max_length=120)
    target = models.CharField(max_length=160)
    ref_id = models.CharField(max_length=40)
    supplier_reference = models.CharField(max_length=64, blank=True)
    day = models.DateField()
    status = models.CharField(
        max_length=10, choices=InquiryStatus, default=InquiryStatus.ASKED
    )
    finding = models.CharField(max_length=12, choices=BillFinding, blank=True)
    rc = models.CharField(max_length=16, blank=True)
    customer_name = models.CharField(max_length=80, blank=True)
    period = models.CharField(max_length=80, blank=True)
    billed = models.BigIntegerField(null=True, blank=True)
    cost = models.BigIntegerField(null=True, blank=True)
    admin = models.BigIntegerField(null=True, blank=True)
    details = models.JSONField(default=list, blank=True)
    holder = models.UUIDField(null=True, blank=True)
    used_on = models.DateField(null=True, blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        verbose_name_plural = "bill inquiries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "account", "ref_id"], name="inquiry_ref_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "account", "supplier_reference"],
                condition=~models.Q(supplier_reference=""),
                name="inquiry_supplier_ref_once",
            ),
            # A line pays one bill, under one reference at a time.
            models.UniqueConstraint(
                fields=["tenant", "holder"],
                condition=_IS_USED,
                name="inquiry_one_used_per_line",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=InquiryStatus.values),
                name="inquiry_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    _IS_BILLED,
                    finding=BillFinding.DUE,
                    billed__isnull=False,  # a comparison with nothing is no "no"
                    billed__gte=1,
                    billed__lte=MAX_AMOUNT,
                    cost__isnull=False,
                    cost__gte=1,
                    cost__lte=MAX_AMOUNT,
                )
                | models.Q(
                    _IS_NOTHING,
                    ~models.Q(finding__in=["", BillFinding.DUE]),
                    billed=None,
                    cost=None,
                )
                | ~_IS_BILLED
                & ~_IS_NOTHING
                & models.Q(finding="", billed=None, cost=None),
                name="inquiry_amount_fits_status",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    _IS_USED, holder__isnull=False, used_on=models.F("day")
                )
                & models.Q(used_on__isnull=False)
                | ~_IS_USED,
                name="inquiry_used_on_its_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "customer", "product", "-asked_at"],
                name="inquiry_of_customer",
            ),
            models.Index(fields=["asked_at"], name="inquiry_by_age"),
            models.Index(fields=["tenant", "holder"], name="inquiry_of_line"),
        ]

    def __str__(self) -> str:
        return f"{self.ref_id}: {self.status}"
