from typing import ClassVar

from django.db import models

from catalog.models import Product
from inventory.models.bill import BillInquiry
from inventory.models.supplier import SupplierAccount
from inventory.states import (
    LIVE_ATTEMPTS,
    OPEN_PURCHASES,
    SPENT_ATTEMPTS,
    AttemptStatus,
    Discrepancy,
    PurchaseStatus,
)
from ppob.kit.ids import new_id
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from security.fields import SealedTextField
from tenants.models import Tenant

_IS_OPEN = models.Q(status__in=OPEN_PURCHASES)
_HAS_FAILED = models.Q(status=AttemptStatus.FAILED)


class Purchase(TenantRow):
    """One unit of an order line to be bought at a supplier, at most once.

    `holder` is the order line's public id. `ceiling` is the most it may cost, `cost`
    what it did cost, in whole rupiah. `serial_number` may be the code that the buyer
    paid for, so it is sealed. An `is_test` purchase, paid with test money, goes to test
    accounts only. Nothing is sent before `starts_at`: until then the buyer may change
    their mind. `promised_at` is when the buyer was told that it is usually done, and
    `late_at` when it was noticed that it was not. `due_at` is when an open purchase
    becomes the owner's business, and then the time by which the owner should have
    decided. A bill is paid under the reference of its `inquiry`. `player_name` is what
    the account was called when the buyer confirmed it, as the supplier `named_by` said;
    with another name (`renamed_to`) it was stopped before anything was sent.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    holder = models.UUIDField()
    unit_no = models.PositiveSmallIntegerField()
    product = TenantForeignKey(Product, models.PROTECT, related_name="+")
    inquiry = TenantForeignKey(
        BillInquiry, models.PROTECT, null=True, blank=True, related_name="+"
    )
    destination = models.CharField(max_length=120)
    player_name = models.CharField(max_length=80, blank=True, db_default="")
    named_by = models.CharField(max_length=20, blank=True, db_default="")
    renamed_to = models.CharField(max_length=80, blank=True, db_default="")
    ceiling = models.BigIntegerField()
    is_test = models.BooleanField(default=False, db_default=False)
    status = models.CharField(
        max_length=12, choices=PurchaseStatus, default=PurchaseStatus.OPEN
    )
    cost = models.BigIntegerField(null=True, blank=True)
    serial_number = SealedTextField(null=True, blank=True)
    created_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True, blank=True)
    promised_at = models.DateTimeField()
    late_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "holder", "unit_no"], name="purchase_once_per_unit"
            ),
            models.UniqueConstraint(
                fields=["tenant", "inquiry"],
                condition=models.Q(inquiry__isnull=False),
                name="purchase_pays_inquiry_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=PurchaseStatus.values),
                name="purchase_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(unit_no__gte=1, ceiling__gte=1),
                name="purchase_unit_and_ceiling_positive",
            ),
            models.CheckConstraint(
                condition=(_IS_OPEN & models.Q(settled_at=None))
                | (~_IS_OPEN & models.Q(settled_at__isnull=False)),
                name="purchase_settled_with_time",
            ),
            models.CheckConstraint(
                condition=models.Q(player_name="", named_by="")
                | (~models.Q(player_name="") & ~models.Q(named_by="")),
                name="purchase_name_with_source",
            ),
            models.CheckConstraint(
                condition=models.Q(renamed_to="")
                | (models.Q(status=PurchaseStatus.FAILED) & ~models.Q(player_name="")),
                name="purchase_renamed_was_stopped",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=_IS_OPEN, name="purchase_due"),
            models.Index(
                fields=["promised_at"],
                condition=_IS_OPEN & models.Q(late_at=None),
                name="purchase_to_be_late",
            ),
            # How long it usually takes is measured by product.
            models.Index(
                fields=["tenant", "product", "settled_at"],
                condition=models.Q(status=PurchaseStatus.SUCCEEDED),
                name="purchase_settled_lately",
            ),
        ]

    def __str__(self) -> str:
        return f"unit {self.unit_no} of {self.holder}"


class PurchaseAttempt(TenantRow):
    """One try at one supplier. `ref_id` is ours, exists before the call, never changes.

    `calls` counts requests that may have reached the supplier, `formed_at` is when it
    first showed a transaction for them, or what may be one. A failed attempt is fenced:
    its reference is never sent again, because for some suppliers that would buy.
    `target` is the destination as this supplier wants it written, `supplier_reference`
    its own word for the purchase, if it has one. `failed_once_at` is the first of the
    two reports that a failure takes. `due_at` is when to ask next; empty when nothing
    happens by itself any more.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    public_id = models.UUIDField(default=new_id, unique=True, editable=False)
    purchase = TenantForeignKey(Purchase, models.PROTECT, related_name="attempts")
    account = TenantForeignKey(SupplierAccount, models.PROTECT, related_name="+")
    sku = models.CharField(max_length=60)
    target = models.CharField(max_length=160)
    ref_id = models.CharField(max_length=40)
    supplier_reference = models.CharField(max_length=64, blank=True, db_default="")
    status = models.CharField(
        max_length=10, choices=AttemptStatus, default=AttemptStatus.QUEUED
    )
    cost = models.BigIntegerField(null=True, blank=True)
    serial_number = SealedTextField(null=True, blank=True)
    rc = models.CharField(max_length=16, blank=True)
    message = models.CharField(max_length=120, blank=True)
    calls = models.PositiveSmallIntegerField(default=0)
    checks = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    first_sent_at = models.DateTimeField(null=True, blank=True)
    formed_at = models.DateTimeField(null=True, blank=True)
    failed_once_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    fenced_at = models.DateTimeField(null=True, blank=True)
    discrepancy = models.CharField(max_length=12, choices=Discrepancy, blank=True)
    discrepancy_at = models.DateTimeField(null=True, blank=True)
    discrepancy_noted_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "purchase"],
                condition=~_HAS_FAILED,
                name="attempt_one_not_failed",
            ),
            models.UniqueConstraint(
                fields=["tenant", "account", "ref_id"], name="attempt_ref_once"
            ),
            # What one attempt bought is never taken for what another one did.
            models.UniqueConstraint(
                fields=["tenant", "account", "supplier_reference"],
                condition=~models.Q(supplier_reference=""),
                name="attempt_supplier_ref_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=AttemptStatus.values),
                name="attempt_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(discrepancy__in=["", *Discrepancy.values]),
                name="attempt_discrepancy_known",
            ),
            models.CheckConstraint(
                condition=(_HAS_FAILED & models.Q(fenced_at__isnull=False))
                | (~_HAS_FAILED & models.Q(fenced_at=None)),
                name="attempt_fenced_when_failed",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status__in=[AttemptStatus.QUEUED, AttemptStatus.FAILED]
                )
                | models.Q(first_sent_at__isnull=False),
                name="attempt_sent_has_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(status__in=LIVE_ATTEMPTS),
                name="attempt_due",
            ),
            models.Index(
                fields=["tenant", "discrepancy_at"],
                condition=~models.Q(discrepancy="")
                & models.Q(discrepancy_noted_at__isnull=True),
                name="attempt_discrepancy_open",
            ),
            # What went out of a deposit lately is added up from the index alone.
            models.Index(
                fields=["tenant", "account", "created_at"],
                include=["cost", "purchase"],
                condition=models.Q(status__in=SPENT_ATTEMPTS),
                name="attempt_spent_lately",
            ),
        ]

    def __str__(self) -> str:
        return self.ref_id


class PurchaseEvent(TenantRow):
    """One move of a purchase or its attempt: who, when, from where to where, why."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    purchase = TenantForeignKey(Purchase, models.PROTECT, related_name="events")
    attempt = TenantForeignKey(
        PurchaseAttempt, models.PROTECT, null=True, related_name="events"
    )
    source = models.CharField(max_length=12, blank=True)
    target = models.CharField(max_length=12)
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = []

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"
