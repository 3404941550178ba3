"""A buyer's balance in one store: what is there, what is set aside, what happened."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum

from payments.models import LedgerAccount, LedgerPosting, Payment, PaymentMethod
from payments.services import ledger
from payments.services.ledger import wallet_limits
from payments.states import (
    AccountKind,
    EntryKind,
    MethodKind,
    OrderStatus,
    PaymentStatus,
)
from tenants.models import Customer

BALANCE = "balance"  # what stands where other ways to pay have their gateway
HOLD_SECS = 900


@dataclass(frozen=True)
class Wallet:
    """Rupiah that a buyer can spend, and that wait for open orders of theirs."""

    balance: int
    reserved: int
    held: int


@dataclass(frozen=True)
class StatementLine:
    """One change of a balance; `amount` is rupiah, positive when it grew.

    The line is about an order or a deposit.
    """

    pk: int
    at: datetime
    amount: int
    kind: EntryKind
    order_id: int | None
    code: str


def wallet_of(customer: Customer) -> Wallet:
    """What the buyer has in this store."""
    held = Payment.objects.filter(
        from_balance=True,
        status=PaymentStatus.SETTLED,
        order__customer=customer,
        order__status__in=[OrderStatus.PAID, OrderStatus.DELIVERING],
    ).aggregate(total=Sum("amount"))["total"]
    reserved = wallet_limits.reserved_of(customer.pk)
    return Wallet(ledger.wallet_balance(customer.pk), reserved, held or 0)


def statement(
    customer: Customer, *, limit: int = 10, before: int | None = None
) -> list[StatementLine]:
    """The newest changes of the buyer's balance; `before` continues after that key."""
    accounts = LedgerAccount.objects.filter(kind=AccountKind.WALLET, customer=customer)
    # By the account's id: behind a join the LIMIT could have all postings walked.
    rows = LedgerPosting.objects.filter(
        account__in=list(accounts.values_list("pk", flat=True))
    ).annotate(
        at=F("entry__at"),
        kind=F("entry__kind"),
        order_pk=F("entry__order_id"),
        order_code=F("entry__order__code"),
        deposit_code=F("entry__deposit__code"),
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [
        StatementLine(
            pk=row.pk,
            at=row.at,
            amount=-row.amount,
            kind=EntryKind(row.kind),
            order_id=row.order_pk,
            code=row.order_code or row.deposit_code or "",
        )
        for row in rows.order_by("-pk")[:limit]
    ]


def balance_method(*, now: datetime) -> PaymentMethod:
    """The store's way to pay from the balance; made on first use."""
    method: PaymentMethod | None = PaymentMethod.objects.filter(
        kind=MethodKind.BALANCE
    ).first()
    if method is None:
        # Two first payments of a store may come here at once: the constraint keeps one
        # method, and both read that.
        PaymentMethod.objects.bulk_create(
            [
                PaymentMethod(
                    kind=MethodKind.BALANCE,
                    gateway=BALANCE,
                    name="Saldo",
                    hold_secs=HOLD_SECS,
                    created_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        method = PaymentMethod.objects.get(kind=MethodKind.BALANCE)
    return method
