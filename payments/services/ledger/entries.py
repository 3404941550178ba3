"""The books: double entry, whole rupiah, nothing is ever edited.

Debits are positive, credits negative, and every entry adds up to zero; the database
checks that again at commit. An entry's kind and source are there once in a store, so a
booking that is tried twice fails instead of doubling money.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

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
from payments.services.ledger import wallet_limits
from payments.states import AccountKind, EntryKind
from ppob.kit.db import prepared_cursor, require_transaction
from ppob.kit.errors import Conflict


class AlreadyBooked(Conflict):
    """This was booked before. The caller's transaction must roll back."""

    code = "ALREADY_BOOKED"
    default = _("This was booked before.")


class BalanceTooLow(Conflict):
    """A wallet cannot go below zero; nothing was booked."""

    code = "BALANCE_TOO_LOW"
    default = _("The balance is not enough for this.")


class WalletFull(Conflict):
    """The balance, or all balances together, would exceed their limit."""

    code = "WALLET_FULL"
    default = _(
        "The buyer's balance is full. The money stays written down; it can be paid "
        "back to where it came from."
    )


@dataclass(frozen=True)
class Posting:
    """One side of a booking, in rupiah: debits positive, credits negative.

    A credit on a wallet counts against the buyer's limit, except for `unlimited` rupiah
    of it: what was on the balance before, and the few rupiah of a transfer's code.
    """

    kind: AccountKind
    amount: int
    method_id: int | None = None
    customer_id: int | None = None
    unlimited: int = 0


def book(
    *,
    subject: Order | Deposit,
    kind: EntryKind,
    source: str | UUID,
    number: int = 1,
    postings: list[Posting],
    now: datetime,
) -> LedgerEntry:
    """Book one entry about an order or a deposit. Postings of zero are left out.

    Raises AlreadyBooked if this kind and source (`EntryKind`) have the number already,
    BalanceTooLow for a wallet that would go below zero and WalletFull for one that
    would exceed its limit; a sum other than zero is a programming error and refused at
    once.
    """
    require_transaction()
    entry = LedgerEntry(
        tenant_id=subject.tenant_id,
        kind=kind,
        source=str(source),
        number=number,
        order_id=subject.pk if isinstance(subject, Order) else None,
        deposit_id=subject.pk if isinstance(subject, Deposit) else None,
        at=now,
    )
    postings = [posting for posting in postings if posting.amount]
    # The database refuses it as well, but at the commit, where nobody sees any more who
    # booked it.
    if len(postings) < 2 or sum(posting.amount for posting in postings) != 0:
        raise ValueError(f"The entry {entry} does not balance.")
    _write(entry, postings)
    _change_wallets(postings)
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


# By hand: an entry and its postings are one round trip of every sale. Most accounts
# have no buyer or no method, and only IS NOT DISTINCT FROM finds NULL. An account that
# is missing gets no posting here; the caller counts and makes up for it.
_BOOK = """
WITH entry AS (
    INSERT INTO payments_ledgerentry
        (tenant_id, kind, source, number, order_id, deposit_id, at)
    VALUES (
        %(tenant)s, %(kind)s, %(source)s, %(number)s, %(order)s, %(deposit)s, %(at)s
    ) RETURNING id
), posted AS (
    INSERT INTO payments_ledgerposting (tenant_id, entry_id, account_id, amount)
    SELECT %(tenant)s, entry.id, account.id, wanted.amount FROM entry
    CROSS JOIN unnest(
        %(kinds)s::text[], %(customers)s::bigint[], %(methods)s::bigint[],
        %(amounts)s::bigint[]
    ) AS wanted (kind, customer_id, method_id, amount)
    JOIN payments_ledgeraccount account ON account.tenant_id = %(tenant)s
        AND account.kind = wanted.kind
        AND account.customer_id IS NOT DISTINCT FROM wanted.customer_id
        AND account.method_id IS NOT DISTINCT FROM wanted.method_id
    RETURNING account_id
)
SELECT entry.id, (SELECT array_agg(account_id) FROM posted) FROM entry
"""


def _write(entry: LedgerEntry, postings: list[Posting]) -> None:
    """Entry and postings in one statement; accounts are made on first use."""
    values: dict[str, Any] = {
        "tenant": entry.tenant_id,
        "kind": entry.kind,
        "source": entry.source,
        "number": entry.number,
        "order": entry.order_id,
        "deposit": entry.deposit_id,
        "at": entry.at,
        "kinds": [posting.kind.value for posting in postings],
        "customers": [posting.customer_id for posting in postings],
        "methods": [posting.method_id for posting in postings],
        "amounts": [posting.amount for posting in postings],
    }
    try:
        with prepared_cursor() as cursor:
            cursor.execute(_BOOK, values)
            entry.pk, accounts = cursor.fetchone()
    except IntegrityError:
        raise AlreadyBooked from None
    if len(accounts or ()) < len(postings):
        _post_to_new_accounts(entry, postings, posted=set(accounts or ()))


def _post_to_new_accounts(
    entry: LedgerEntry, postings: list[Posting], *, posted: set[int]
) -> None:
    """Make the accounts that were missing, and post what was meant for them."""
    keys = {(p.kind.value, p.method_id, p.customer_id) for p in postings}
    # Two first bookings of a store make the same accounts: in one order, so that they
    # never wait for each other. The second one then uses the first one's.
    LedgerAccount.objects.bulk_create(
        [
            LedgerAccount(
                tenant_id=entry.tenant_id,
                kind=kind,
                method_id=method_id,
                customer_id=customer_id,
                balance=0 if kind == AccountKind.WALLET else None,
            )
            for kind, method_id, customer_id in sorted(keys, key=str)
        ],
        ignore_conflicts=True,
    )
    accounts = _find_accounts(postings)
    LedgerPosting.objects.bulk_create(
        LedgerPosting(
            tenant_id=entry.tenant_id,
            entry_id=entry.pk,
            account_id=account_id,
            amount=posting.amount,
        )
        for posting in postings
        if (
            account_id := accounts[
                posting.kind.value, posting.method_id, posting.customer_id
            ]
        )
        not in posted
    )


def _find_accounts(
    postings: list[Posting],
) -> dict[tuple[str, int | None, int | None], int]:
    rows = LedgerAccount.objects.filter(
        Q(customer_id=None)
        | Q(customer_id__in=[posting.customer_id for posting in postings]),
        kind__in={posting.kind.value for posting in postings},
    ).values_list("kind", "method_id", "customer_id", "pk")
    return {(kind, method, customer): pk for kind, method, customer, pk in rows}


def _change_wallets(postings: list[Posting]) -> None:
    """A credit raises what the store owes the customer, a debit lowers it.

    The only place where a balance changes, so the only one that knows the limits.
    """
    # By buyer: whoever changes several balances locks them in the same order.
    wallets = sorted(
        (posting.customer_id or 0, -posting.amount, posting.unlimited)
        for posting in postings
        if posting.kind == AccountKind.WALLET
    )
    for customer_id, change, unlimited in wallets:
        account = LedgerAccount.objects.filter(
            kind=AccountKind.WALLET, customer_id=customer_id
        )
        if change > unlimited:
            most = wallet_limits.most_on_balance(customer_id)
            account = account.filter(balance__lte=most - change + unlimited)
        # The row decides: what was read before may be spent by now.
        changed = account.filter(balance__gte=-change).update(
            balance=F("balance") + change
        )
        if not changed:
            raise WalletFull if change > 0 else BalanceTooLow
