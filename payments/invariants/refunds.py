"""Money that goes back to buyers."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant

REFUNDS = (
    Invariant(
        "refunded_equals_refunds",
        _("What an order says was refunded is the sum of its refunds"),
        """
        SELECT o.tenant_id, o.id, o.refunded, coalesce(sum(r.amount), 0)
        FROM moved(payments_order) o
        LEFT JOIN payments_refund r ON r.order_id = o.id
            AND r.status IN ('paying_out', 'done')
        WHERE NOT EXISTS (
            SELECT FROM payments_payment p
            JOIN payments_reversal v ON v.payment_id = p.id
            WHERE p.order_id = o.id AND v.booked > 0
        )
        GROUP BY o.tenant_id, o.id, o.refunded
        HAVING o.refunded <> coalesce(sum(r.amount), 0)
        """,
    ),
    Invariant(
        "refund_booked_once",
        _("A refund is booked exactly when it was agreed, for its amount"),
        """
        SELECT r.tenant_id, r.id, r.status, r.amount FROM moved(payments_refund) r
        LEFT JOIN payments_ledgerentry e ON e.tenant_id = r.tenant_id
            AND e.kind = 'refund' AND e.source = r.public_id::text
        WHERE (r.status IN ('paying_out', 'done')) <> (e.id IS NOT NULL)
            OR e.id IS NOT NULL AND r.amount <> (
                SELECT sum(g.amount) FROM payments_ledgerposting g
                WHERE g.entry_id = e.id AND g.amount > 0
            )
        """,
    ),
    Invariant(
        "refund_equals_its_parts",
        _("A refund is the sum of the payments that it undoes"),
        """
        SELECT r.tenant_id, r.id, r.amount, coalesce(sum(p.amount), 0)
        FROM moved(payments_refund) r
        LEFT JOIN payments_refundpart p ON p.refund_id = r.id
        GROUP BY r.tenant_id, r.id, r.amount, r.status
        HAVING coalesce(sum(p.amount), 0) <>
            CASE WHEN r.status IN ('paying_out', 'done') THEN r.amount ELSE 0 END
        """,
    ),
    Invariant(
        "refund_within_payment",
        _("No payment is refunded beyond its amount"),
        """
        SELECT p.tenant_id, p.id, p.amount, sum(part.amount)
        FROM moved(payments_payment) p
        JOIN payments_refundpart part ON part.payment_id = p.id
        GROUP BY p.tenant_id, p.id, p.amount, p.from_balance
        HAVING sum(part.amount) > CASE WHEN p.from_balance THEN p.amount
            ELSE (
                SELECT coalesce(sum(r.amount), 0) FROM payments_receipt r
                WHERE r.payment_id = p.id
            ) END
        """,
    ),
    Invariant(
        "payable_equals_refunds_to_pay",
        _("What is to be paid out is what agreed refunds wait for"),
        """
        SELECT o.tenant_id, o.id, booked.amount, waiting.amount
        FROM moved(payments_order) o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(g.amount), 0) AS amount
            FROM payments_ledgerentry e
            JOIN payments_ledgerposting g ON g.entry_id = e.id
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'payable' AND e.order_id = o.id
        ) booked
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(part.amount), 0) AS amount FROM payments_refund r
            JOIN payments_refundpart part ON part.refund_id = r.id
            WHERE r.order_id = o.id AND r.status = 'paying_out'
                AND part.destination = 'source'
        ) waiting
        WHERE booked.amount <> -waiting.amount
        """,
    ),
    Invariant(
        "refunded_means_all_back",
        _("A refunded order got its whole price back and delivered nothing"),
        """
        SELECT o.tenant_id, o.id, o.status, o.refunded FROM moved(payments_order) o
        WHERE o.status IN ('refunding', 'refunded') AND (
            o.refunded <> o.total OR EXISTS (
                SELECT FROM payments_orderline l
                JOIN payments_delivery d ON d.line_id = l.id WHERE l.order_id = o.id
            )
        ) OR o.status = 'refunded' AND EXISTS (
            SELECT FROM payments_refund r
            WHERE r.order_id = o.id AND r.status = 'paying_out'
        )
        """,
    ),
    Invariant(
        "refund_has_deadline",
        _("A refund that waits for somebody has a deadline"),
        """
        SELECT tenant_id, id, status FROM payments_refund
        WHERE status IN ('awaiting_approval', 'paying_out') AND due_at IS NULL
        """,
    ),
)
