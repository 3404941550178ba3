"""What buyers got."""

from django.utils.translation import gettext_lazy as _

from payments.invariants.orders import DONE, HOLDING
from ppob.kit.invariants import Invariant

DELIVERIES = (
    Invariant(
        "delivered_means_every_piece",
        _("Delivered means every piece of every line, and nothing beyond it"),
        f"""
        SELECT l.tenant_id, l.id, l.quantity, count(d.id) FROM payments_orderline l
        JOIN moved(payments_order) o ON o.id = l.order_id
        LEFT JOIN payments_delivery d ON d.line_id = l.id
        GROUP BY l.id, o.status
        HAVING count(d.id) <> CASE WHEN o.status IN {DONE} AND NOT l.is_undelivered
            THEN l.quantity ELSE 0 END
        """,
    ),
    Invariant(
        "undelivered_was_given_back",
        _("What an order did not deliver was given back, and something was delivered"),
        f"""
        SELECT o.tenant_id, o.id, o.refunded, o.total FROM moved(payments_order) o
        CROSS JOIN LATERAL (
            SELECT sum(quantity * unit_price - reduction) AS price,
                sum(quantity * unit_price - reduction)
                    FILTER (WHERE is_undelivered) AS lost
            FROM payments_orderline WHERE order_id = o.id
        ) l
        WHERE l.lost > 0 AND (o.status NOT IN {DONE} OR o.refunded < least(
            o.total - 1, floor(o.total * l.lost / l.price - 1)
        ))
        """,
    ),
    Invariant(
        "bought_at_its_cost",
        _("What a supplier took for a delivered top-up is booked, once"),
        """
        SELECT b.tenant_id, b.id, b.cost, booked.amount
        FROM moved(inventory_purchase.id in purchases_of_orders) b
        JOIN payments_delivery d ON d.tenant_id = b.tenant_id
            AND d.purchase = b.public_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(g.amount), 0) AS amount FROM payments_ledgerentry e
            JOIN payments_ledgerposting g ON g.entry_id = e.id
            JOIN payments_ledgeraccount a ON a.id = g.account_id
            WHERE a.kind = 'cost' AND e.kind = 'bought'
                AND e.tenant_id = b.tenant_id AND e.source = b.public_id::text
        ) booked
        WHERE booked.amount <> CASE
            WHEN b.is_test THEN 0 ELSE coalesce(b.cost, 0) END
        UNION ALL
        SELECT e.tenant_id, e.id, NULL, NULL FROM moved(payments_ledgerentry) e
        WHERE e.kind = 'bought' AND NOT EXISTS (
            SELECT FROM inventory_purchase b
            JOIN payments_delivery d ON d.tenant_id = b.tenant_id
                AND d.purchase = b.public_id
            WHERE b.tenant_id = e.tenant_id AND b.public_id::text = e.source
        )
        """,
    ),
    Invariant(
        "delivered_code_fits_line",
        _("A delivered code is the line's own product and store, and sold to it"),
        """
        SELECT d.tenant_id, d.id FROM moved(payments_delivery) d
        JOIN payments_orderline l ON l.id = d.line_id
        LEFT JOIN inventory_stockitem i ON i.public_id = d.item
        WHERE d.item IS NOT NULL AND (i.id IS NULL OR i.status <> 'sold'
            OR i.holder <> l.public_id
            OR i.product_id <> l.product_id OR i.tenant_id <> d.tenant_id
            OR l.tenant_id <> d.tenant_id)
        """,
    ),
    Invariant(
        "code_delivered_once",
        _("A code is delivered to one buyer"),
        """
        SELECT min(tenant_id), item, count(*) FROM payments_delivery
        WHERE item IS NOT NULL GROUP BY item HAVING count(*) > 1
        """,
        is_nightly=True,
    ),
    Invariant(
        "sold_code_was_delivered",
        _("A code that was sold was delivered"),
        """
        SELECT i.tenant_id, i.id
        FROM moved(inventory_stockitem.product_id in catalog_product) i
        WHERE i.status = 'sold'
        AND NOT EXISTS (
            SELECT FROM payments_delivery d
            WHERE d.tenant_id = i.tenant_id AND d.item = i.public_id
        )
        """,
    ),
    Invariant(
        "delivered_top_up_was_bought",
        _("A delivered top-up was bought for its own line"),
        """
        SELECT d.tenant_id, d.id FROM moved(payments_delivery) d
        JOIN payments_orderline l ON l.id = d.line_id
        LEFT JOIN inventory_purchase b ON b.public_id = d.purchase
        WHERE d.purchase IS NOT NULL AND (b.id IS NULL OR b.status <> 'succeeded'
            OR b.holder <> l.public_id OR b.unit_no <> d.unit_no
            OR b.product_id <> l.product_id OR b.tenant_id <> d.tenant_id)
        """,
    ),
    Invariant(
        "bought_top_up_was_delivered",
        _("A top-up that was bought is delivered"),
        """
        SELECT b.tenant_id, b.id, o.status
        FROM moved(inventory_purchase.id in purchases_of_orders) b
        JOIN payments_orderline l ON l.public_id = b.holder
        JOIN payments_order o ON o.id = l.order_id
        WHERE b.status = 'succeeded' AND o.status NOT IN ('paid', 'delivering')
            AND NOT EXISTS (
                SELECT FROM payments_delivery d WHERE d.purchase = b.public_id
            )
        """,
    ),
    Invariant(
        "top_up_goes_where_it_was_paid_for",
        _("A top-up is bought for the account and of the product that were ordered"),
        """
        SELECT b.tenant_id, b.id, b.destination, l.destination
        FROM moved(inventory_purchase.id in purchases_of_orders) b
        JOIN payments_orderline l ON l.tenant_id = b.tenant_id
            AND l.public_id = b.holder
        WHERE b.destination <> l.destination OR b.product_id <> l.product_id
        """,
    ),
    Invariant(
        "bill_is_sold_as_it_was_answered",
        _("A bill is sold to whom it was answered, for that number and with a fee"),
        """
        SELECT l.tenant_id, l.id, l.unit_price, i.billed
        FROM moved(payments_orderline.order_id in payments_order) l
        JOIN payments_order o ON o.id = l.order_id
        LEFT JOIN inventory_billinquiry i ON i.tenant_id = l.tenant_id
            AND i.holder = l.public_id AND i.status = 'used'
        WHERE l.kind = 'bill' AND (i.id IS NULL
            OR i.customer_id <> o.customer_id OR i.product_id <> l.product_id
            OR i.destination <> l.destination OR i.billed >= l.unit_price)
        """,
    ),
    Invariant(
        "deposit_hold_has_open_order",
        _("Deposits are set aside for orders that may still be delivered"),
        """
        SELECT h.tenant_id, h.holder, o.status FROM inventory_deposithold h
        LEFT JOIN payments_orderline l ON l.public_id = h.holder
            AND l.tenant_id = h.tenant_id AND l.kind IN ('topup', 'bill')
        LEFT JOIN payments_order o ON o.id = l.order_id
        WHERE h.status = 'active' AND coalesce(o.status, '') NOT IN
            ('awaiting_payment', 'under_review', 'paid', 'delivering')
        """,
    ),
    Invariant(
        "verdict_waits_for_its_purchase",
        _("A first word about a top-up stands only while the top-up waits for one"),
        """
        SELECT v.tenant_id, v.id, p.status FROM payments_purchaseverdict v
        LEFT JOIN inventory_purchase p ON p.id = v.purchase_id
        WHERE p.status IS DISTINCT FROM 'needs_owner'
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
        WHERE o.status IN {HOLDING} AND l.kind = 'code' AND NOT EXISTS (
            SELECT FROM inventory_hold h
            WHERE h.holder = l.public_id AND h.status = 'active'
                AND h.quantity = l.quantity
        )
        """,
    ),
)
