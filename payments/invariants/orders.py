"""Orders, and that their money is where they say."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant

DONE = "('delivered', 'completed')"
HOLDING = "('paid', 'delivering')"
PAID_ONCE = "('paid', 'delivering', 'delivered', 'completed', 'refunding', 'refunded')"


def _on_account(kind: str) -> str:
    """Each order's sum on one kind of account, and the credits alone (rupiah)."""
    return f"""
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(g.amount), 0) AS amount,
                coalesce(sum(g.amount) FILTER (WHERE g.amount < 0), 0) AS came
            FROM payments_ledgerentry e
            JOIN payments_ledgerposting g ON g.entry_id = e.id
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = '{kind}' AND e.order_id = o.id
        ) {kind}
    """


def _history(table: str, column: str) -> str:
    return f"""
        SELECT o.tenant_id, o.id, o.status, e.target FROM moved(payments_{table}) o
        LEFT JOIN LATERAL (
            SELECT target FROM payments_{table}event
            WHERE {column} = o.id ORDER BY id DESC LIMIT 1
        ) e ON true
        WHERE o.status IS DISTINCT FROM e.target
    """


ORDERS = (
    Invariant(
        "held_equals_open_orders",
        _("Held money is what paid orders wait for that are not delivered"),
        f"""
        SELECT o.tenant_id, o.id, o.status, held.amount FROM moved(payments_order) o
        {_on_account("held")}
        WHERE held.amount <> CASE WHEN o.status IN {HOLDING}
            THEN o.refunded - o.total ELSE 0 END
        """,
    ),
    Invariant(
        "reserved_equals_orders",
        _("What is set aside from balances waits for an unpaid order"),
        f"""
        SELECT o.tenant_id, o.id, o.reserved, reserved.amount
        FROM moved(payments_order) o
        {_on_account("reserved")}
        WHERE reserved.amount <> -o.reserved
        """,
    ),
    Invariant(
        "sales_equal_delivered_orders",
        _("Sales are the totals of delivered orders less what was refunded before"),
        f"""
        SELECT o.tenant_id, o.id, o.status, sales.amount FROM moved(payments_order) o
        {_on_account("sales")}
        {_on_account("promo")}
        {_on_account("refunds")}
        WHERE sales.amount + promo.amount + refunds.amount <> CASE
            WHEN o.status IN {DONE} THEN o.refunded - o.total ELSE 0 END
        """,
    ),
    Invariant(
        "promo_equals_adjustments",
        _("What promotions gave is what delivered orders were made cheaper by"),
        f"""
        SELECT o.tenant_id, o.id, o.status, promo.amount FROM moved(payments_order) o
        {_on_account("promo")}
        WHERE promo.amount <> CASE WHEN o.status IN {DONE} THEN -(
            SELECT coalesce(sum(amount), 0) FROM payments_orderadjustment a
            WHERE a.order_id = o.id
        ) ELSE 0 END
        """,
    ),
    Invariant(
        "sold_means_sale_booked",
        _("An order is sold exactly when its sale is booked"),
        f"""
        SELECT o.tenant_id, o.id, o.status FROM moved(payments_order) o
        LEFT JOIN payments_ledgerentry e ON e.tenant_id = o.tenant_id
            AND e.kind = 'sale' AND e.source = o.public_id::text
        WHERE (o.status IN {DONE}) <> (e.id IS NOT NULL)
        """,
    ),
    Invariant(
        "paid_means_money_used",
        _("An order is paid exactly when money of its whole price was used for it"),
        f"""
        SELECT o.tenant_id, o.id, o.status, held.came FROM moved(payments_order) o
        {_on_account("held")}
        WHERE held.came <> CASE WHEN o.status IN {PAID_ONCE} THEN -o.total ELSE 0 END
        """,
    ),
    Invariant(
        "live_order_paid_with_real_money",
        _("Test money paid for no order that counts"),
        f"""
        SELECT o.tenant_id, o.id, p.reference FROM moved(payments_order) o
        JOIN payments_payment p ON p.order_id = o.id AND p.is_test
        WHERE NOT o.is_test AND o.status IN {PAID_ONCE} AND (
            EXISTS (
                SELECT FROM payments_ledgerentry e WHERE e.tenant_id = o.tenant_id
                    AND e.kind = 'settled' AND e.source = p.reference
            ) OR EXISTS (
                SELECT FROM payments_unmatchedmoney u
                WHERE u.payment_id = p.id AND u.status = 'applied'
            )
        )
        """,
    ),
    Invariant(
        "paid_has_outcome",
        _("A paid order is delivered or refunded within a day"),
        f"""
        SELECT tenant_id, id, status, paid_at FROM payments_order
        WHERE status IN {HOLDING} AND paid_at < %(now)s - interval '25 hours'
        """,
    ),
    Invariant(
        "unpaid_ends_in_time",
        _("An unpaid order ends at its deadline"),
        """
        SELECT tenant_id, id, expires_at FROM payments_order
        WHERE status = 'awaiting_payment'
            AND expires_at < %(now)s - interval '10 minutes'
        UNION ALL
        SELECT tenant_id, id, expires_at FROM payments_deposit
        WHERE status = 'awaiting_payment'
            AND expires_at < %(now)s - interval '10 minutes'
        """,
    ),
    Invariant(
        "total_equals_lines",
        _("An order's total is the sum of its lines less what was taken off"),
        """
        SELECT o.tenant_id, o.id, o.total FROM moved(payments_order) o
        LEFT JOIN payments_orderline l ON l.order_id = o.id
        GROUP BY o.tenant_id, o.id, o.total
        HAVING o.total <> coalesce(sum(l.quantity * l.unit_price), 0) + (
            SELECT coalesce(sum(amount), 0) FROM payments_orderadjustment a
            WHERE a.order_id = o.id
        )
        """,
    ),
    Invariant(
        "price_rules_equal_reductions",
        _("What price rules gave an order is what they took off its lines"),
        """
        SELECT o.tenant_id, o.id, l.reduction, a.amount FROM moved(payments_order) o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(reduction), 0) AS reduction
            FROM payments_orderline WHERE order_id = o.id
        ) l
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS amount FROM payments_orderadjustment
            WHERE order_id = o.id AND kind IN ('tier', 'bulk', 'volume')
        ) a
        WHERE l.reduction <> -a.amount
        """,
    ),
    Invariant(
        "price_rules_stay_above_cost",
        _("No price rule sold below cost"),
        """
        SELECT l.tenant_id, l.id, l.reduction
        FROM moved(payments_orderline.order_id in payments_order) l
        WHERE l.reduction > 0
            AND l.quantity * l.unit_price - l.reduction < l.quantity * l.unit_cost
        """,
    ),
    Invariant(
        "ceiling_within_price",
        _("A top-up may cost no more than its buyer pays for it"),
        """
        SELECT l.tenant_id, l.id, l.cost_ceiling
        FROM moved(payments_orderline.order_id in payments_order) l
        WHERE l.cost_ceiling > l.quantity * l.unit_price - l.reduction
        """,
    ),
    Invariant(
        "no_open_payment_left",
        _("What is not waiting for money has no open payment"),
        """
        SELECT p.tenant_id, p.id, p.status FROM payments_payment p
        LEFT JOIN payments_order o ON o.id = p.order_id
        LEFT JOIN payments_deposit d ON d.id = p.deposit_id
        WHERE p.status IN ('created', 'pending')
            AND coalesce(o.status, d.status) <> 'awaiting_payment'
        """,
    ),
    *(
        Invariant(name, title, _history(table, column))
        for name, title, table, column in (
            (
                "events_lead_to_status",
                _("An order's history leads to where it is"),
                "order",
                "order_id",
            ),
            (
                "deposit_events_lead_to_status",
                _("A top-up's history leads to where it is"),
                "deposit",
                "deposit_id",
            ),
            (
                "refund_events_lead_to_status",
                _("A refund's history leads to where it is"),
                "refund",
                "refund_id",
            ),
        )
    ),
    Invariant(
        "payment_events_lead_to_status",
        _("A payment's history leads to where it is"),
        """
        SELECT p.tenant_id, p.id, p.status, e.target FROM moved(payments_payment) p
        LEFT JOIN LATERAL (
            SELECT target FROM payments_paymentevent
            WHERE payment_id = p.id ORDER BY id DESC LIMIT 1
        ) e ON true
        WHERE p.status <> coalesce(e.target, p.status)
            OR e.target IS NULL AND p.status NOT IN ('created', 'pending')
        """,
    ),
    Invariant(
        "events_follow_each_other",
        _("The steps of a history follow each other"),
        """
        SELECT tenant_id, id FROM (
            SELECT tenant_id, id, source, coalesce(lag(target) OVER (
                PARTITION BY order_id ORDER BY id
            ), '') AS before
            FROM moved(payments_orderevent.order_id in payments_order)
            UNION ALL
            SELECT tenant_id, id, source, coalesce(lag(target) OVER (
                PARTITION BY refund_id ORDER BY id
            ), '') FROM moved(payments_refundevent.refund_id in payments_refund)
            UNION ALL
            SELECT tenant_id, id, source, coalesce(lag(target) OVER (
                PARTITION BY deposit_id ORDER BY id
            ), '') FROM moved(payments_depositevent.deposit_id in payments_deposit)
            UNION ALL
            SELECT tenant_id, id, source, coalesce(lag(target) OVER (
                PARTITION BY payment_id ORDER BY id
            ), source) FROM moved(payments_paymentevent.payment_id in payments_payment)
        ) steps WHERE source <> before
        """,
    ),
    Invariant(
        "review_is_the_buyers_own",
        _("A review is the buyer's own, of a completed order"),
        """
        SELECT r.tenant_id, r.id
        FROM moved(payments_review.order_id in payments_order) r
        JOIN payments_order o ON o.id = r.order_id
        WHERE o.status <> 'completed' OR o.customer_id <> r.customer_id
        """,
    ),
)
