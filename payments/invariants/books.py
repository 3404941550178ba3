"""The ledger itself."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant

BOOKS = (
    Invariant(
        "entry_balances",
        _("Every ledger entry adds up to zero"),
        """
        SELECT e.tenant_id, e.id, sum(p.amount), count(p.id)
        FROM moved(payments_ledgerentry) e
        LEFT JOIN payments_ledgerposting p ON p.entry_id = e.id
        GROUP BY e.tenant_id, e.id
        HAVING coalesce(sum(p.amount), 0) <> 0 OR count(p.id) < 2
        """,
    ),
    Invariant(
        "books_balance",
        _("The store's books add up to zero"),
        """
        SELECT tenant_id, sum(amount) FROM payments_ledgerposting
        GROUP BY tenant_id HAVING sum(amount) <> 0
        """,
        is_nightly=True,  # every entry adds up: a trigger and `entry_balances` say so
    ),
    Invariant(
        "wallet_equals_postings",
        _("A buyer's balance is what came in less what went out"),
        """
        SELECT a.tenant_id, a.id, a.balance, coalesce(sum(p.amount), 0)
        FROM moved(payments_ledgeraccount.id in wallets) a
        LEFT JOIN payments_ledgerposting p ON p.account_id = a.id
        WHERE a.kind = 'wallet'
        GROUP BY a.tenant_id, a.id, a.balance
        HAVING a.balance <> -coalesce(sum(p.amount), 0)
        """,
    ),
    Invariant(
        "wallet_never_negative",
        _("A buyer's balance was never below zero"),
        """
        SELECT tenant_id, id, owed FROM (
            SELECT p.tenant_id, p.id, sum(p.amount) OVER (
                PARTITION BY p.account_id ORDER BY p.entry_id, p.id
            ) AS owed
            FROM payments_ledgerposting p
            JOIN moved(payments_ledgeraccount.id in wallets) a ON a.id = p.account_id
            WHERE a.kind = 'wallet'
        ) history WHERE owed > 0
        """,
    ),
    Invariant(
        "posting_stays_in_store",
        _("No booking crosses from one store to another"),
        """
        SELECT p.tenant_id, p.id, e.tenant_id, a.tenant_id
        FROM moved(payments_ledgerposting) p
        JOIN payments_ledgerentry e ON e.id = p.entry_id
        JOIN payments_ledgeraccount a ON a.id = p.account_id
        WHERE p.tenant_id <> e.tenant_id OR p.tenant_id <> a.tenant_id
        """,
    ),
    Invariant(
        "event_booked_once",
        _("One event is booked once"),
        """
        SELECT tenant_id, kind, source, number FROM payments_ledgerentry
        GROUP BY tenant_id, kind, source, number HAVING count(*) > 1
        """,
        is_nightly=True,
    ),
)
