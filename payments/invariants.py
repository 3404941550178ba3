"""What must be true of money, orders and what was delivered for them."""

from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant

_DONE = "('delivered', 'completed')"
_PAID = "('paid', 'delivering', 'delivered', 'completed')"
_HOLDING = "('paid', 'delivering')"

_BOOKS = (
    Invariant(
        "entry_balances",
        _("Every ledger entry adds up to zero"),
        """
        SELECT e.tenant_id, e.id, sum(p.amount), count(p.id)
        FROM payments_ledgerentry e
        LEFT JOIN payments_ledgerposting p ON p.entry_id = e.id
        GROUP BY e.id HAVING coalesce(sum(p.amount), 0) <> 0 OR count(p.id) < 2
        """,
    ),
    Invariant(
        "books_balance",
        _("The store's books add up to zero"),
        """
        SELECT tenant_id, sum(amount) FROM payments_ledgerposting
        GROUP BY tenant_id HAVING sum(amount) <> 0
        """,
    ),
    Invariant(
        "wallet_equals_postings",
        _("A buyer's balance is what came in less what went out"),
        """
        SELECT a.tenant_id, a.id, a.balance, coalesce(sum(p.amount), 0)
        FROM payments_ledgeraccount a
        LEFT JOIN payments_ledgerposting p ON p.account_id = a.id
        WHERE a.kind = 'wallet'
        GROUP BY a.id HAVING a.balance <> -coalesce(sum(p.amount), 0)
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
            JOIN payments_ledgeraccount a ON a.id = p.account_id
            WHERE a.kind = 'wallet'
        ) history WHERE owed > 0
        """,
    ),
    Invariant(
        "posting_stays_in_store",
        _("No booking crosses from one store to another"),
        """
        SELECT p.tenant_id, p.id, e.tenant_id, a.tenant_id
        FROM payments_ledgerposting p
        JOIN payments_ledgerentry e ON e.id = p.entry_id
        JOIN payments_ledgeraccount a ON a.id = p.account_id
        WHERE p.tenant_id <> e.tenant_id OR p.tenant_id <> a.tenant_id
        """,
    ),
    Invariant(
        "event_booked_once",
        _("One event is booked once"),
        """
        SELECT tenant_id, reason FROM payments_ledgerentry
        GROUP BY tenant_id, reason HAVING count(*) > 1
        """,
    ),
)

_INCOMING = (
    Invariant(
        "settled_booked_once",
        _("Money that came in is booked once, for its amount"),
        """
        SELECT p.tenant_id, p.id, p.amount, coalesce(sum(booked.amount), 0)
        FROM payments_payment p
        LEFT JOIN (
            SELECT e.tenant_id, e.reason, g.amount FROM payments_ledgerentry e
            JOIN payments_ledgerposting g ON g.entry_id = e.id
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'clearing' AND g.amount > 0
        ) booked ON booked.tenant_id = p.tenant_id AND (
            booked.reason = 'settled:' || p.reference
            OR booked.amount = p.amount AND booked.reason IN (
                SELECT 'unmatched:' || u.public_id FROM payments_unmatchedmoney u
                WHERE u.payment_id = p.id AND u.reason <> 'wrong_amount'
            )
        )
        WHERE p.status = 'settled'
        GROUP BY p.id HAVING coalesce(sum(booked.amount), 0) <> p.amount
        """,
    ),
    Invariant(
        "no_money_from_nowhere",
        _("No money is booked that nobody paid"),
        """
        SELECT e.tenant_id, e.id, e.reason FROM payments_ledgerentry e
        WHERE starts_with(e.reason, 'settled:') AND NOT EXISTS (
            SELECT FROM payments_payment p WHERE p.tenant_id = e.tenant_id
            AND p.status = 'settled' AND e.reason = 'settled:' || p.reference
        ) OR starts_with(e.reason, 'unmatched:') AND NOT EXISTS (
            SELECT FROM payments_unmatchedmoney u WHERE u.tenant_id = e.tenant_id
            AND e.reason = 'unmatched:' || u.public_id
        )
        """,
    ),
    Invariant(
        "unmatched_in_and_out",
        _("Unmatched money is booked in and, once settled, out"),
        """
        SELECT u.tenant_id, u.id, u.status, booked.came, booked.left_over
        FROM payments_unmatchedmoney u
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(g.amount), 0) AS left_over,
                coalesce(sum(g.amount) FILTER (WHERE g.amount < 0), 0) AS came
            FROM payments_ledgerentry e
            JOIN payments_ledgerposting g ON g.entry_id = e.id
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'unmatched' AND e.tenant_id = u.tenant_id AND e.reason IN (
                'unmatched:' || u.public_id,
                'applied:' || u.public_id,
                'returned:' || u.public_id
            )
        ) booked
        WHERE booked.came <> -u.amount
            OR booked.left_over <> CASE u.status WHEN 'open' THEN -u.amount ELSE 0 END
        """,
    ),
    Invariant(
        "unmatched_account_equals_queue",
        _("The account of unmatched money is what waits to be settled"),
        """
        SELECT tenants_tenant.id FROM tenants_tenant
        WHERE (
            SELECT coalesce(-sum(g.amount), 0) FROM payments_ledgerposting g
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'unmatched' AND g.tenant_id = tenants_tenant.id
        ) <> (
            SELECT coalesce(sum(u.amount), 0) FROM payments_unmatchedmoney u
            WHERE u.status = 'open' AND u.tenant_id = tenants_tenant.id
        )
        """,
    ),
)

_ORDERS = (
    Invariant(
        "held_equals_open_orders",
        _("Held money is the total of paid orders that are not delivered"),
        f"""
        SELECT tenants_tenant.id FROM tenants_tenant
        WHERE (
            SELECT coalesce(-sum(g.amount), 0) FROM payments_ledgerposting g
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'held' AND g.tenant_id = tenants_tenant.id
        ) <> (
            SELECT coalesce(sum(o.total), 0) FROM payments_order o
            WHERE o.status IN {_HOLDING} AND o.tenant_id = tenants_tenant.id
        )
        """,
    ),
    Invariant(
        "sales_equal_delivered_orders",
        _("Sales are the totals of delivered orders"),
        f"""
        SELECT tenants_tenant.id FROM tenants_tenant
        WHERE (
            SELECT coalesce(-sum(g.amount), 0) FROM payments_ledgerposting g
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'sales' AND g.tenant_id = tenants_tenant.id
        ) <> (
            SELECT coalesce(sum(o.total), 0) FROM payments_order o
            WHERE o.status IN {_DONE} AND o.tenant_id = tenants_tenant.id
        )
        """,
    ),
    Invariant(
        "sold_means_sale_booked",
        _("An order is sold exactly when its sale is booked"),
        f"""
        SELECT o.tenant_id, o.id, o.status FROM payments_order o
        LEFT JOIN payments_ledgerentry e ON e.tenant_id = o.tenant_id
            AND e.reason = 'sale:' || o.public_id
        WHERE (o.status IN {_DONE}) <> (e.id IS NOT NULL)
        """,
    ),
    Invariant(
        "paid_means_money_used",
        _("An order is paid exactly when money was used for it"),
        f"""
        SELECT o.tenant_id, o.id, o.status, count(e.id) FROM payments_order o
        LEFT JOIN payments_payment p ON p.order_id = o.id
        LEFT JOIN payments_unmatchedmoney u ON u.payment_id = p.id
        LEFT JOIN payments_ledgerentry e ON e.tenant_id = o.tenant_id
            AND e.reason IN ('settled:' || p.reference, 'applied:' || u.public_id)
        GROUP BY o.id
        HAVING count(DISTINCT e.id) <> CASE WHEN o.status IN {_PAID} THEN 1 ELSE 0 END
        """,
    ),
    Invariant(
        "total_equals_lines",
        _("An order's total is the sum of its lines"),
        """
        SELECT o.tenant_id, o.id, o.total FROM payments_order o
        LEFT JOIN payments_orderline l ON l.order_id = o.id
        GROUP BY o.id HAVING o.total <> coalesce(sum(l.quantity * l.unit_price), 0)
        """,
    ),
    Invariant(
        "no_open_payment_left",
        _("An order that is not waiting for money has no open payment"),
        """
        SELECT p.tenant_id, p.id, p.status, o.status FROM payments_payment p
        JOIN payments_order o ON o.id = p.order_id
        WHERE p.status IN ('created', 'pending') AND o.status <> 'awaiting_payment'
        """,
    ),
    Invariant(
        "events_lead_to_status",
        _("An order's history leads to where it is"),
        """
        SELECT o.tenant_id, o.id, o.status, e.target FROM payments_order o
        LEFT JOIN LATERAL (
            SELECT target FROM payments_orderevent
            WHERE order_id = o.id ORDER BY id DESC LIMIT 1
        ) e ON true
        WHERE o.status IS DISTINCT FROM e.target
        """,
    ),
    Invariant(
        "events_follow_each_other",
        _("The steps of an order's history follow each other"),
        """
        SELECT tenant_id, id FROM (
            SELECT tenant_id, id, source, coalesce(lag(target) OVER (
                PARTITION BY order_id ORDER BY id
            ), '') AS before
            FROM payments_orderevent
        ) steps WHERE source <> before
        """,
    ),
    Invariant(
        "review_is_the_buyers_own",
        _("A review is the buyer's own, of a completed order"),
        """
        SELECT r.tenant_id, r.id FROM payments_review r
        JOIN payments_order o ON o.id = r.order_id
        WHERE o.status <> 'completed' OR o.customer_id <> r.customer_id
        """,
    ),
)

_DELIVERIES = (
    Invariant(
        "delivered_means_every_piece",
        _("Delivered means every piece of every line, and nothing beyond it"),
        f"""
        SELECT l.tenant_id, l.id, l.quantity, count(d.id) FROM payments_orderline l
        JOIN payments_order o ON o.id = l.order_id
        LEFT JOIN payments_delivery d ON d.line_id = l.id
        GROUP BY l.id, o.status
        HAVING count(d.id) <> CASE WHEN o.status IN {_DONE} THEN l.quantity ELSE 0 END
        """,
    ),
    Invariant(
        "delivered_code_fits_line",
        _("A delivered code is the line's own product and store, and sold to it"),
        """
        SELECT d.tenant_id, d.id FROM payments_delivery d
        JOIN payments_orderline l ON l.id = d.line_id
        LEFT JOIN inventory_stockitem i ON i.public_id = d.item
        WHERE i.id IS NULL OR i.status <> 'sold' OR i.holder <> l.public_id
            OR i.product_id <> l.product_id OR i.tenant_id <> d.tenant_id
            OR l.tenant_id <> d.tenant_id
        """,
    ),
    Invariant(
        "code_delivered_once",
        _("A code is delivered to one buyer"),
        """
        SELECT min(tenant_id), item, count(*) FROM payments_delivery
        GROUP BY item HAVING count(*) > 1
        """,
    ),
    Invariant(
        "sold_code_was_delivered",
        _("A code that was sold was delivered"),
        """
        SELECT i.tenant_id, i.id FROM inventory_stockitem i WHERE i.status = 'sold'
        AND NOT EXISTS (SELECT FROM payments_delivery d WHERE d.item = i.public_id)
        """,
    ),
    Invariant(
        "codes_held_for_live_orders",
        _("Codes are held for orders that may still be delivered"),
        f"""
        SELECT h.tenant_id, h.holder, o.status FROM inventory_hold h
        LEFT JOIN payments_orderline l ON l.public_id = h.holder
            AND l.tenant_id = h.tenant_id AND l.product_id = h.product_id
        LEFT JOIN payments_order o ON o.id = l.order_id
        WHERE h.status = 'active'
            AND coalesce(o.status, '') NOT IN ('awaiting_payment', 'paid', 'delivering')
        UNION ALL
        SELECT l.tenant_id, l.public_id, o.status FROM payments_orderline l
        JOIN payments_order o ON o.id = l.order_id
        WHERE o.status IN {_HOLDING} AND NOT EXISTS (
            SELECT FROM inventory_hold h
            WHERE h.holder = l.public_id AND h.status = 'active'
                AND h.quantity = l.quantity
        )
        """,
    ),
)

INVARIANTS = (*_BOOKS, *_INCOMING, *_ORDERS, *_DELIVERIES)
