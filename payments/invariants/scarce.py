"""What is scarce: stock that waits, unique amounts, and buyers who may not take any."""

from django.utils.translation import gettext_lazy as _

from payments.services.ledger.quotas import MOST_AMOUNTS, MOST_OPEN_ORDERS
from ppob.kit.invariants import Invariant

SCARCE = (
    Invariant(
        "unpaid_hold_ends_with_order",
        _("Stock of an unpaid order is held until its deadline, two days at most"),
        """
        SELECT o.tenant_id, o.id, o.created_at, o.expires_at, h.expires_at
        FROM payments_order o
        JOIN payments_orderline l ON l.order_id = o.id
        LEFT JOIN inventory_hold h ON h.tenant_id = o.tenant_id
            AND h.holder = l.public_id AND h.status = 'active'
        WHERE o.status = 'awaiting_payment' AND (
            h.expires_at > o.expires_at
            OR o.expires_at > o.created_at + interval '48 hours 15 minutes'
        )
        """,
    ),
    Invariant(
        "one_amount_per_way_to_pay",
        _("An order has one transfer amount for each account"),
        """
        SELECT tenant_id, order_id, method_id, count(*) FROM payments_payment
        WHERE order_id IS NOT NULL AND reserves_amount
            AND status IN ('created', 'pending', 'set_aside')
        GROUP BY tenant_id, order_id, method_id, amount - unique_code
        HAVING count(*) > 1
        """,
    ),
    Invariant(
        "ended_payment_stays_ended",
        _("Only a payment that was set aside is shown again"),
        """
        SELECT tenant_id, id, payment_id, source, target
        FROM moved(payments_paymentevent.payment_id in payments_payment)
        WHERE target IN ('created', 'pending')
            AND source NOT IN ('created', 'set_aside')
        """,
    ),
    Invariant(
        "buyer_within_quota",
        _("No buyer has more unpaid orders or transfer amounts than one may"),
        f"""
        SELECT o.tenant_id, o.customer_id, count(*) FROM payments_order o
        WHERE o.status = 'awaiting_payment'
        GROUP BY o.tenant_id, o.customer_id HAVING count(*) > {MOST_OPEN_ORDERS}
        UNION ALL
        SELECT p.tenant_id, coalesce(o.customer_id, d.customer_id), count(*)
        FROM payments_payment p
        LEFT JOIN payments_order o ON o.id = p.order_id
        LEFT JOIN payments_deposit d ON d.id = p.deposit_id
        WHERE p.reserves_amount AND p.settled_at IS NULL
        GROUP BY p.tenant_id, coalesce(o.customer_id, d.customer_id)
        HAVING count(*) > {MOST_AMOUNTS}
        """,
    ),
    # Who pressed right before they were blocked may still have been let in.
    Invariant(
        "blocked_buyer_takes_nothing",
        _("A blocked buyer has no newer orders and top-ups"),
        """
        SELECT c.tenant_id, c.id, o.id FROM tenants_customer c
        JOIN payments_order o ON o.customer_id = c.id
        WHERE o.created_at > c.blocked_at + interval '1 minute'
        UNION ALL
        SELECT c.tenant_id, c.id, d.id FROM tenants_customer c
        JOIN payments_deposit d ON d.customer_id = c.id
        WHERE d.created_at > c.blocked_at + interval '1 minute'
        """,
    ),
    Invariant(
        "parked_callback_is_shown",
        _("Callbacks that wait for keys are shown to the seller"),
        """
        SELECT e.tenant_id, e.id, e.target FROM security_inboxevent e
        LEFT JOIN payments_paymentmethod m
            ON m.tenant_id = e.tenant_id AND m.public_id = e.target
        LEFT JOIN inventory_supplieraccount a
            ON a.tenant_id = e.tenant_id AND a.public_id = e.target
        WHERE e.status = 'parked' AND coalesce(m.trouble, a.trouble, '') <> 'keys'
        """,
    ),
)
