"""What must be true of all stores together, whatever happened: SQL that finds nothing.

Each query names rows that break a rule. They are asked through a connection that no
policy binds, after a run has come to rest.
"""

from typing import Any

import psycopg

_DONE = "('delivered', 'completed')"
_PAID = "('paid', 'delivering', 'delivered', 'completed')"
_HOLDING = "('paid', 'delivering')"

QUERIES: dict[str, str] = {
    "an entry adds up to zero and has two postings or more": """
        SELECT e.id, sum(p.amount), count(p.id) FROM payments_ledgerentry e
        LEFT JOIN payments_ledgerposting p ON p.entry_id = e.id
        GROUP BY e.id HAVING coalesce(sum(p.amount), 0) <> 0 OR count(p.id) < 2
    """,
    "a store's books add up to zero": """
        SELECT tenant_id, sum(amount) FROM payments_ledgerposting
        GROUP BY tenant_id HAVING sum(amount) <> 0
    """,
    "a wallet's balance is what was credited less what was debited": """
        SELECT a.id, a.balance, coalesce(sum(p.amount), 0)
        FROM payments_ledgeraccount a
        LEFT JOIN payments_ledgerposting p ON p.account_id = a.id
        WHERE a.kind = 'wallet'
        GROUP BY a.id HAVING a.balance <> -coalesce(sum(p.amount), 0)
    """,
    "a wallet was never below zero": """
        SELECT id FROM (
            SELECT p.id, sum(p.amount) OVER (
                PARTITION BY p.account_id ORDER BY p.entry_id, p.id
            ) AS owed
            FROM payments_ledgerposting p
            JOIN payments_ledgeraccount a ON a.id = p.account_id
            WHERE a.kind = 'wallet'
        ) history WHERE owed > 0
    """,
    "no posting crosses from one store to another": """
        SELECT p.id FROM payments_ledgerposting p
        JOIN payments_ledgerentry e ON e.id = p.entry_id
        JOIN payments_ledgeraccount a ON a.id = p.account_id
        WHERE p.tenant_id <> e.tenant_id OR p.tenant_id <> a.tenant_id
    """,
    "one event is booked once": """
        SELECT tenant_id, reason FROM payments_ledgerentry
        GROUP BY tenant_id, reason HAVING count(*) > 1
    """,
    "settled money is booked once, for its amount": """
        SELECT p.id, p.amount, coalesce(sum(booked.amount), 0) FROM payments_payment p
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
    "no money is booked that nobody paid": """
        SELECT e.id, e.reason FROM payments_ledgerentry e
        WHERE e.reason LIKE 'settled:%' AND NOT EXISTS (
            SELECT FROM payments_payment p WHERE p.tenant_id = e.tenant_id
            AND p.status = 'settled' AND e.reason = 'settled:' || p.reference
        ) OR e.reason LIKE 'unmatched:%' AND NOT EXISTS (
            SELECT FROM payments_unmatchedmoney u WHERE u.tenant_id = e.tenant_id
            AND e.reason = 'unmatched:' || u.public_id
        )
    """,
    "unmatched money is booked in and, once settled, out": """
        SELECT u.id, u.status FROM payments_unmatchedmoney u
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
    "the account of unmatched money is what waits to be settled": """
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
    "held money is the total of paid orders that are not delivered": f"""
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
    "sales are the totals of delivered orders": f"""
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
    "an order is sold exactly when its sale is booked": f"""
        SELECT o.id, o.status FROM payments_order o
        LEFT JOIN payments_ledgerentry e ON e.tenant_id = o.tenant_id
            AND e.reason = 'sale:' || o.public_id
        WHERE (o.status IN {_DONE}) <> (e.id IS NOT NULL)
    """,
    "an order is paid exactly when money was used for it": f"""
        SELECT o.id, o.status, count(e.id) FROM payments_order o
        LEFT JOIN payments_payment p ON p.order_id = o.id
        LEFT JOIN payments_unmatchedmoney u ON u.payment_id = p.id
        LEFT JOIN payments_ledgerentry e ON e.tenant_id = o.tenant_id
            AND e.reason IN ('settled:' || p.reference, 'applied:' || u.public_id)
        GROUP BY o.id
        HAVING count(DISTINCT e.id) <> CASE WHEN o.status IN {_PAID} THEN 1 ELSE 0 END
    """,
    "an order's total is the sum of its lines": """
        SELECT o.id FROM payments_order o
        LEFT JOIN payments_orderline l ON l.order_id = o.id
        GROUP BY o.id HAVING o.total <> coalesce(sum(l.quantity * l.unit_price), 0)
    """,
    "an order that is not waiting for money has no open payment": """
        SELECT p.id, p.status, o.status FROM payments_payment p
        JOIN payments_order o ON o.id = p.order_id
        WHERE p.status IN ('created', 'pending') AND o.status <> 'awaiting_payment'
    """,
    "an order's events lead to where it is": """
        SELECT o.id, o.status, e.target FROM payments_order o
        LEFT JOIN LATERAL (
            SELECT target FROM payments_orderevent
            WHERE order_id = o.id ORDER BY id DESC LIMIT 1
        ) e ON true
        WHERE o.status IS DISTINCT FROM e.target
    """,
    "an order's events follow each other": """
        SELECT id FROM (
            SELECT id, source, coalesce(lag(target) OVER (
                PARTITION BY order_id ORDER BY id
            ), '') AS before
            FROM payments_orderevent
        ) steps WHERE source <> before
    """,
    "delivered means every piece of every line, and nothing beyond it": f"""
        SELECT l.id, l.quantity, count(d.id) FROM payments_orderline l
        JOIN payments_order o ON o.id = l.order_id
        LEFT JOIN payments_delivery d ON d.line_id = l.id
        GROUP BY l.id, o.status
        HAVING count(d.id) <> CASE WHEN o.status IN {_DONE} THEN l.quantity ELSE 0 END
    """,
    "a delivered code is the line's own product and store, and sold to it": """
        SELECT d.id FROM payments_delivery d
        JOIN payments_orderline l ON l.id = d.line_id
        LEFT JOIN inventory_stockitem i ON i.public_id = d.item
        WHERE i.id IS NULL OR i.status <> 'sold' OR i.holder <> l.public_id
            OR i.product_id <> l.product_id OR i.tenant_id <> d.tenant_id
            OR l.tenant_id <> d.tenant_id
    """,
    "a code is delivered to one buyer": """
        SELECT item FROM payments_delivery GROUP BY item HAVING count(*) > 1
    """,
    "a code that was sold was delivered": """
        SELECT i.id FROM inventory_stockitem i WHERE i.status = 'sold'
        AND NOT EXISTS (SELECT FROM payments_delivery d WHERE d.item = i.public_id)
    """,
    "the same code is not sold twice": """
        SELECT tenant_id, product_id, code_hash FROM inventory_stockitem
        WHERE status = 'sold'
        GROUP BY tenant_id, product_id, code_hash HAVING count(*) > 1
    """,
    "an active hold has all its codes, and no code is held without one": """
        SELECT coalesce(h.holder, i.holder), h.quantity, i.count
        FROM (SELECT * FROM inventory_hold WHERE status = 'active') h
        FULL JOIN (
            SELECT holder, tenant_id, product_id, count(*) FROM inventory_stockitem
            WHERE status = 'held' GROUP BY holder, tenant_id, product_id
        ) i USING (holder, tenant_id, product_id)
        WHERE h.quantity IS DISTINCT FROM i.count
    """,
    "codes are held for orders that may still be delivered": f"""
        SELECT h.id, o.status FROM inventory_hold h
        LEFT JOIN payments_orderline l ON l.public_id = h.holder
            AND l.tenant_id = h.tenant_id AND l.product_id = h.product_id
        LEFT JOIN payments_order o ON o.id = l.order_id
        WHERE h.status = 'active'
            AND coalesce(o.status, '') NOT IN ('awaiting_payment', 'paid', 'delivering')
        UNION ALL
        SELECT l.id, o.status FROM payments_orderline l
        JOIN payments_order o ON o.id = l.order_id
        WHERE o.status IN {_HOLDING} AND NOT EXISTS (
            SELECT FROM inventory_hold h
            WHERE h.holder = l.public_id AND h.status = 'active'
                AND h.quantity = l.quantity
        )
    """,
    "movements add up to the codes that can be bought and that are there": """
        SELECT coalesce(m.product_id, i.product_id), m.available, i.available
        FROM (
            SELECT product_id, sum(available) AS available, sum(on_hand) AS on_hand
            FROM inventory_stockmovement GROUP BY product_id
        ) m
        FULL JOIN (
            SELECT product_id, count(*) FILTER (WHERE status = 'free') AS available,
                count(*) FILTER (WHERE status IN ('free', 'held')) AS on_hand
            FROM inventory_stockitem GROUP BY product_id
        ) i USING (product_id)
        WHERE coalesce(m.available, 0) <> coalesce(i.available, 0)
            OR coalesce(m.on_hand, 0) <> coalesce(i.on_hand, 0)
    """,
    "a review is the buyer's own, of a completed order": """
        SELECT r.id FROM payments_review r JOIN payments_order o ON o.id = r.order_id
        WHERE o.status <> 'completed' OR o.customer_id <> r.customer_id
    """,
}


def violations(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """The rules that are broken, with the rows that break them; empty when all hold."""
    found = {
        rule: connection.execute(query).fetchall() for rule, query in QUERIES.items()
    }
    return {rule: rows for rule, rows in found.items() if rows}
