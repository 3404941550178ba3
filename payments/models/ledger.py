from typing import ClassVar

from django.db import models

from payments.models.deposit import Deposit
from payments.models.method import PaymentMethod
from payments.models.order import Order
from payments.states import AccountKind, EntryKind
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from tenants.models import Customer, Tenant


class LedgerAccount(TenantRow):
    """An account of a store's books.

    Only wallets keep a balance (rupiah that the store owes the customer, never below
    zero). Other accounts are summed from their postings, so no row is hot.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=AccountKind)
    customer = TenantForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+"
    )
    method = TenantForeignKey(
        PaymentMethod, models.PROTECT, null=True, blank=True, related_name="+"
    )
    balance = models.BigIntegerField(null=True)

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "customer", "method"],
                nulls_distinct=False,
                name="account_once",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AccountKind.values),
                name="account_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(balance__isnull=True) | models.Q(balance__gte=0),
                name="account_never_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=AccountKind.WALLET, balance__isnull=False)
                | (~models.Q(kind=AccountKind.WALLET) & models.Q(balance__isnull=True)),
                name="account_only_wallets_have_balance",
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class LedgerEntry(TenantRow):
    """One booking; its postings add up to zero.

    A kind is booked once for each source: what that is, `EntryKind` says. Only what
    really happens again has a `number` above one: the second reversal of a payment.
    `order` or `deposit` is what it is about, for statements.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=12, choices=EntryKind)
    source = models.CharField(max_length=80)
    number = models.PositiveSmallIntegerField(default=1)
    order = TenantForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="entries"
    )
    deposit = TenantForeignKey(
        Deposit, models.PROTECT, null=True, blank=True, related_name="entries"
    )
    at = models.DateTimeField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "source", "number"], name="entry_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=EntryKind.values), name="entry_kind_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(source="") & models.Q(number__gte=1),
                name="entry_has_source",
            ),
        ]
        verbose_name_plural = "ledger entries"

    def __str__(self) -> str:
        return f"{self.kind}:{self.source}"


class LedgerPosting(TenantRow):
    """One amount on one account: debits are positive, credits negative (rupiah)."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)
    entry = TenantForeignKey(LedgerEntry, models.PROTECT, related_name="postings")
    account = TenantForeignKey(LedgerAccount, models.PROTECT, related_name="postings")
    amount = models.BigIntegerField()

    class Meta(TenantRow.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(amount=0), name="posting_not_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d}"
