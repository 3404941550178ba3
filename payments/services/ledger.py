"""The books: double entry, whole rupiah, nothing is ever edited.

Debits are positive, credits negative, and every entry adds up to zero; the database
checks that again at commit. An entry's `reason` is unique in the store, so a booking
that is tried twice fails instead of doubling money.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from payments import locks
from payments.models import (
    Deposit,
    LedgerAccount,
    LedgerEntry,
    LedgerPosting,
    Order,
)
from payments.states import AccountKind
from ppob.kit.db import require_transaction
from ppob.kit.errors import Conflict


class AlreadyBooked(Conflict):
    """An entry with this reason exists. The caller's transaction must roll back."""

    code = "ALREADY_BOOKED"
    default = _("This was booked before.")


class BalanceTooLow(Conflict):
    """A wallet cannot go below zero; nothing was booked."""

    code = "BALANCE_TOO_LOW"
    default = _("The balance is not enough for this.")


@dataclass(frozen=True)
class Posting:
    """One side of a booking, in rupiah: debits positive, credits negative."""

    kind: AccountKind
    amount: int
    method_id: int | None = None
    customer_id: int | None = None


def book(
    *,
    subject: Order | Deposit,
    reason: str,
    postings: list[Posting],
    now: datetime,
) -> LedgerEntry:
    """Book one entry about an order or a deposit. Postings of zero are left out.

    Raises AlreadyBooked for a known reason and BalanceTooLow for a wallet that would go
    below zero; a sum other than zero is a programming error and refused at once.
    """
    require_transaction()
    tenant_id = subject.tenant_id
    postings = [posting for posting in postings if posting.amount]
    if len(postings) < 2 or sum(posting.amount for posting in postings) != 0:
        raise ValueError(f"The entry {reason} does not balance.")
    try:
        entry = LedgerEntry.objects.create(
            tenant_id=tenant_id,
            reason=reason,
            order_id=subject.pk if isinstance(subject, Order) else None,
            deposit_id=subject.pk if isinstance(subject, Deposit) else None,
            at=now,
        )
    except IntegrityError:
        raise AlreadyBooked from None
    accounts = _account_ids(tenant_id, postings)
    LedgerPosting.objects.bulk_create(
        LedgerPosting(
            tenant_id=tenant_id,
            entry_id=entry.pk,
            account_id=account_id,
            amount=posting.amount,
        )
        for account_id, posting in zip(accounts, postings, strict=True)
    )
    _change_wallets(accounts, postings)
    return entry


def balance(kind: AccountKind) -> int:
    """The sum of all postings on the store's accounts of this kind (rupiah)."""
    total = LedgerPosting.objects.filter(account__kind=kind).aggregate(
        total=Sum("amount")
    )["total"]
    return total or 0


def wallet_balance(customer_id: int) -> int:
    """What the store owes this customer (rupiah) and they can spend."""
    account = LedgerAccount.objects.filter(
        kind=AccountKind.WALLET, customer_id=customer_id
    ).first()
    return (account.balance or 0) if account else 0


def lock_wallet(customer_id: int) -> int:
    """The customer's balance (rupiah), kept as it is until the transaction ends."""
    account = locks.lock_wallet_of(customer_id)
    return (account.balance or 0) if account else 0


def _account_ids(tenant_id: int, postings: list[Posting]) -> list[int]:
    """The account of each posting, in the same order; made on first use."""
    wanted = [
        (posting.kind.value, posting.method_id, posting.customer_id)
        for posting in postings
    ]
    known = _find_accounts(postings)
    missing = {key for key in wanted if key not in known}
    if missing:
        LedgerAccount.objects.bulk_create(
            [
                LedgerAccount(
                    tenant_id=tenant_id,
                    kind=kind,
                    method_id=method_id,
                    customer_id=customer_id,
                    balance=0 if kind == AccountKind.WALLET else None,
                )
                for kind, method_id, customer_id in sorted(missing, key=str)
            ],
            ignore_conflicts=True,
        )
        known = _find_accounts(postings)
    return [known[key] for key in wanted]


def _find_accounts(
    postings: list[Posting],
) -> dict[tuple[str, int | None, int | None], int]:
    rows = LedgerAccount.objects.filter(
        Q(customer_id=None)
        | Q(customer_id__in=[posting.customer_id for posting in postings]),
        kind__in={posting.kind.value for posting in postings},
    ).values_list("kind", "method_id", "customer_id", "pk")
    return {(kind, method, customer): pk for kind, method, customer, pk in rows}


def _change_wallets(accounts: list[int], postings: list[Posting]) -> None:
    """A credit raises what the store owes the customer, a debit lowers it."""
    changes = sorted(
        (account_id, -posting.amount)
        for account_id, posting in zip(accounts, postings, strict=True)
        if posting.kind == AccountKind.WALLET
    )
    for account_id, change in changes:
        changed = LedgerAccount.objects.filter(
            pk=account_id, balance__gte=-change
        ).update(balance=F("balance") + change)
        if not changed:
            raise BalanceTooLow
