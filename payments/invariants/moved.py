"""Which orders, payments and bookings moved: from what was appended about them."""

MOVED = {
    "payments_ledgerentry": """
        SELECT id FROM payments_ledgerentry WHERE id > %(since_payments_ledgerentry)s
    """,
    "payments_ledgerposting": """
        SELECT id FROM payments_ledgerposting
        WHERE id > %(since_payments_ledgerposting)s
    """,
    # Balances are read as a whole, from a wallet's first booking on.
    "wallets": """
        SELECT DISTINCT g.account_id FROM payments_ledgerposting g
        JOIN payments_ledgeraccount a ON a.id = g.account_id AND a.kind = 'wallet'
        WHERE g.id > %(since_payments_ledgerposting)s
    """,
    # An account of the store as a whole: whoever booked on it is read in full.
    "stores_with_unmatched": """
        SELECT DISTINCT g.tenant_id FROM payments_ledgerposting g
        JOIN payments_ledgeraccount a ON a.id = g.account_id AND a.kind = 'unmatched'
        WHERE g.id > %(since_payments_ledgerposting)s
    """,
    "payments_delivery": """
        SELECT id FROM payments_delivery WHERE id > %(since_payments_delivery)s
    """,
    "payments_order": """
        SELECT order_id FROM payments_orderevent
        WHERE id > %(since_payments_orderevent)s
        UNION SELECT order_id FROM payments_ledgerentry
        WHERE id > %(since_payments_ledgerentry)s AND order_id IS NOT NULL
        UNION SELECT order_id FROM payments_review
        WHERE id > %(since_payments_review)s
        UNION SELECT p.order_id FROM payments_paymentevent e
        JOIN payments_payment p ON p.id = e.payment_id
        WHERE e.id > %(since_payments_paymentevent)s AND p.order_id IS NOT NULL
        UNION SELECT r.order_id FROM payments_refundevent e
        JOIN payments_refund r ON r.id = e.refund_id
        WHERE e.id > %(since_payments_refundevent)s
    """,
    "payments_deposit": """
        SELECT deposit_id FROM payments_depositevent
        WHERE id > %(since_payments_depositevent)s
        UNION SELECT deposit_id FROM payments_ledgerentry
        WHERE id > %(since_payments_ledgerentry)s AND deposit_id IS NOT NULL
    """,
    "payments_payment": """
        SELECT id FROM payments_payment
        WHERE id > %(since_payments_payment)s
            OR order_id = ANY(%(payments_order)s)
            OR deposit_id = ANY(%(payments_deposit)s)
        UNION SELECT payment_id FROM payments_paymentevent
        WHERE id > %(since_payments_paymentevent)s
        UNION SELECT payment_id FROM payments_receipt
        WHERE id > %(since_payments_receipt)s
        UNION SELECT payment_id FROM payments_reversal
        WHERE id > %(since_payments_reversal)s
    """,
    "payments_refund": """
        SELECT id FROM payments_refund WHERE order_id = ANY(%(payments_order)s)
    """,
    # Bought for an order that went on without it, or that ended.
    "purchases_of_orders": """
        SELECT b.id FROM payments_orderline l
        JOIN inventory_purchase b ON b.tenant_id = l.tenant_id
            AND b.holder = l.public_id
        WHERE l.kind IN ('topup', 'bill') AND l.order_id = ANY(%(payments_order)s)
    """,
}
