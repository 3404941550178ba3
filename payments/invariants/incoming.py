"""Money that came in: payments, deposits, and what fits nothing."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant

INCOMING = (
    Invariant(
        "receipts_equal_bookings",
        _("What came in for a payment, less what went back, is what the books have"),
        """
        SELECT p.tenant_id, p.id, p.status, kept.amount, booked.amount
        FROM moved(payments_payment) p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.amount - r.taken_back), 0) AS amount
            FROM payments_receipt r WHERE r.payment_id = p.id
        ) kept
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(g.amount), 0) AS amount
            FROM payments_ledgerentry e
            JOIN payments_ledgerposting g ON g.entry_id = e.id
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'clearing' AND e.tenant_id = p.tenant_id
                AND (e.kind, e.source) IN (
                    VALUES ('settled', p.reference), ('reversed', p.reference)
                    UNION ALL
                    SELECT kept.kind, u.public_id::text FROM payments_unmatchedmoney u
                    CROSS JOIN (VALUES ('unmatched'), ('withdrawn')) AS kept (kind)
                    WHERE u.payment_id = p.id
                )
        ) booked
        WHERE NOT p.from_balance AND (
            kept.amount <> booked.amount
            OR p.status = 'settled' AND NOT EXISTS (
                SELECT FROM payments_receipt r WHERE r.payment_id = p.id
            )
        )
        """,
    ),
    Invariant(
        "fees_equal_receipts",
        _("What gateways keep of receipts is booked, once, and nothing else is"),
        """
        SELECT r.tenant_id, r.id, r.fee, booked.fee
        FROM moved(payments_receipt.payment_id in payments_payment) r
        CROSS JOIN LATERAL (
            SELECT sum(g.amount) AS fee FROM payments_ledgerentry e
            JOIN payments_ledgerposting g ON g.entry_id = e.id
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE e.tenant_id = r.tenant_id AND e.kind = 'fee'
                AND e.source = r.id::text AND a.kind = 'fees'
        ) booked
        WHERE nullif(r.fee, 0) IS DISTINCT FROM booked.fee
        UNION ALL
        SELECT e.tenant_id, e.id, NULL, NULL FROM moved(payments_ledgerentry) e
        WHERE e.kind = 'fee' AND NOT EXISTS (
            SELECT FROM payments_receipt r
            WHERE r.tenant_id = e.tenant_id AND r.id::text = e.source AND r.fee > 0
        )
        """,
    ),
    Invariant(
        "gateway_in_and_out",
        _("What a gateway took back is what its receipts say, never more than came"),
        """
        SELECT p.tenant_id, p.id, p.status, came.amount, came.taken_back, gone.booked
        FROM moved(payments_payment) p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(r.amount), 0) AS amount,
                coalesce(sum(r.taken_back), 0) AS taken_back
            FROM payments_receipt r WHERE r.payment_id = p.id
        ) came
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(v.booked), 0) AS booked,
                coalesce(sum(v.confirmed), 0) AS confirmed
            FROM payments_reversal v WHERE v.payment_id = p.id
        ) gone
        WHERE gone.booked <> came.taken_back
            OR gone.booked + gone.confirmed > came.amount
            -- All of it means taken back; other money may come after that.
            OR gone.booked > 0 AND p.status <> 'reversed'
                AND gone.booked + gone.confirmed = came.amount
        """,
    ),
    Invariant(
        "staff_money_has_two_people",
        _("What staff noted beyond what was asked became a balance by two people"),
        """
        SELECT tenant_id, id, recorded_by, settled_by
        FROM moved(payments_unmatchedmoney.payment_id in payments_payment)
        WHERE needs_second_person AND status = 'credited' AND (
            settled_by = recorded_by OR NOT starts_with(settled_by, 'user:')
        )
        """,
    ),
    Invariant(
        "balance_payment_booked_once",
        _("What was paid from a balance was taken from it, once"),
        """
        SELECT p.tenant_id, p.id, p.status FROM moved(payments_payment) p
        LEFT JOIN payments_ledgerentry e ON e.tenant_id = p.tenant_id
            AND e.kind = 'settled' AND e.source = p.reference
        WHERE p.from_balance AND (p.status = 'settled') <> (e.id IS NOT NULL)
        """,
    ),
    Invariant(
        "no_money_from_nowhere",
        _("No money is booked that nobody paid"),
        """
        SELECT e.tenant_id, e.id, e.kind, e.source FROM moved(payments_ledgerentry) e
        WHERE e.kind = 'settled' AND NOT EXISTS (
            SELECT FROM payments_payment p WHERE p.tenant_id = e.tenant_id
            AND p.status IN ('settled', 'reversed')
            AND p.reference = e.source
        ) OR e.kind = 'unmatched' AND NOT EXISTS (
            SELECT FROM payments_unmatchedmoney u WHERE u.tenant_id = e.tenant_id
            AND u.public_id::text = e.source
        )
        """,
    ),
    Invariant(
        "unmatched_in_and_out",
        _("Unmatched money is booked in and, once settled, out"),
        """
        SELECT u.tenant_id, u.id, u.status, booked.came, booked.left_over
        FROM moved(payments_unmatchedmoney.payment_id in payments_payment) u
        JOIN payments_payment p ON p.id = u.payment_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(g.amount), 0) AS left_over,
                coalesce(sum(g.amount) FILTER (WHERE e.kind = 'unmatched'), 0) AS came
            FROM payments_ledgerentry e
            JOIN payments_ledgerposting g ON g.entry_id = e.id
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'unmatched' AND e.tenant_id = u.tenant_id AND (
                e.source = u.public_id::text AND e.kind IN (
                    'unmatched', 'applied', 'credited', 'asked_back', 'recredited',
                    'returned', 'withdrawn'
                )
                -- Before receipts were rows, a reversal took the payment's amount out.
                OR e.kind = 'reversed' AND e.source = p.reference AND e.number = 1
                    AND u.amount = p.amount
                    AND u.reason NOT IN ('overpaid', 'asked_back')
            )
        ) booked
        WHERE booked.came <> -u.amount
            OR booked.left_over <> CASE u.status WHEN 'open' THEN -u.amount ELSE 0 END
        """,
    ),
    Invariant(
        "unmatched_has_deadline",
        _("Money that waits for a decision has a deadline"),
        """
        SELECT tenant_id, id FROM payments_unmatchedmoney
        WHERE status = 'open' AND due_at IS NULL
        """,
    ),
    Invariant(
        "deposit_credited_once",
        _("A top-up is credited exactly when its money came in"),
        """
        SELECT d.tenant_id, d.id, d.status, count(e.id) FROM moved(payments_deposit) d
        LEFT JOIN payments_ledgerentry e ON e.tenant_id = d.tenant_id
            AND e.deposit_id = d.id AND e.kind = 'settled'
        GROUP BY d.tenant_id, d.id, d.status HAVING count(e.id) <>
            CASE WHEN d.status IN ('credited', 'reversed') THEN 1 ELSE 0 END
        """,
    ),
    Invariant(
        "unmatched_account_equals_queue",
        _("The account of unmatched money is what waits to be settled"),
        """
        SELECT t.id FROM moved(tenants_tenant.id in stores_with_unmatched) t
        WHERE (
            SELECT coalesce(-sum(g.amount), 0) FROM payments_ledgerposting g
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'unmatched' AND g.tenant_id = t.id
        ) <> (
            SELECT coalesce(sum(u.amount), 0) FROM payments_unmatchedmoney u
            WHERE u.status = 'open' AND u.tenant_id = t.id
        )
        """,
    ),
)
