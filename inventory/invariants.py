"""What must be true of codes, holds and movements."""

from django.utils.translation import gettext_lazy as _

from inventory.services.holds import GRACE
from ppob.kit.invariants import Invariant

# The net that gives holds back, and two minutes for it to have been at work.
_OVERDUE_SECS = int(GRACE.total_seconds()) + 120

_CODES = (
    Invariant(
        "code_sold_once",
        _("The same code is not sold twice"),
        """
        SELECT tenant_id, code_hash, count(*) FROM inventory_stockitem
        WHERE status = 'sold'
        GROUP BY tenant_id, code_hash HAVING count(*) > 1
        """,
        is_nightly=True,
    ),
    Invariant(
        "code_live_once",
        _("A code that is sold or for sale is in the store once, whatever its product"),
        """
        SELECT tenant_id, code_hash, count(*) FROM inventory_stockitem
        WHERE status IN ('free', 'held', 'sold') AND index_version > 0
        GROUP BY tenant_id, code_hash HAVING count(*) > 1
        """,
        is_nightly=True,
    ),
    # A job indexes what an update left behind; codes of after it say how long ago.
    Invariant(
        "code_has_index",
        _("Every code can be compared with all others"),
        """
        SELECT tenant_id, id, status FROM inventory_stockitem old
        WHERE index_version = 0 AND EXISTS (
            SELECT FROM inventory_stockitem new
            WHERE new.tenant_id = old.tenant_id AND new.index_version > 0
                AND new.created_at < %(now)s - interval '1 hour'
        )
        UNION ALL
        SELECT tenant_id, id, status
        FROM moved(inventory_stockitem.product_id in catalog_product)
        WHERE index_version > 0 AND (code_hash = '' OR fold_hash = '')
        """,
    ),
    Invariant(
        "upload_has_its_codes",
        _("An upload has the codes that it put into stock"),
        """
        SELECT b.tenant_id, b.id, b.added, i.count, m.uploaded
        FROM moved(inventory_stockbatch) b
        LEFT JOIN (
            SELECT tenant_id, batch_id, product_id, count(*)
            FROM moved(inventory_stockitem.product_id in catalog_product)
            GROUP BY tenant_id, batch_id, product_id
        ) i ON i.batch_id = b.id AND i.tenant_id = b.tenant_id
            AND i.product_id = b.product_id
        LEFT JOIN (
            SELECT tenant_id, batch_id, product_id, sum(on_hand) AS uploaded
            FROM moved(inventory_stockmovement.product_id in catalog_product)
            WHERE kind = 'uploaded' GROUP BY tenant_id, batch_id, product_id
        ) m ON m.batch_id = b.id AND m.tenant_id = b.tenant_id
            AND m.product_id = b.product_id
        WHERE b.added IS DISTINCT FROM i.count OR b.added IS DISTINCT FROM m.uploaded
        """,
    ),
    Invariant(
        "withdrawn_upload_is_not_for_sale",
        _("Nothing of an upload that was withdrawn is for sale"),
        """
        SELECT i.tenant_id, i.id, i.status
        FROM moved(inventory_stockitem.product_id in catalog_product) i
        JOIN inventory_stockbatch b ON b.id = i.batch_id
        WHERE b.withdrawn_at IS NOT NULL AND i.status IN ('free', 'quarantined')
        """,
    ),
    Invariant(
        "draft_is_gone_in_time",
        _("Uploads that nobody kept are thrown away"),
        """
        SELECT tenant_id, id, expires_at FROM inventory_stockdraft
        WHERE expires_at < %(now)s - interval '10 minutes'
        """,
    ),
    Invariant(
        "hold_has_its_codes",
        _("An active hold has all its codes, and no code is held without one"),
        """
        SELECT tenant_id, holder, h.quantity, i.count
        FROM (
            SELECT * FROM moved(inventory_hold.product_id in catalog_product)
            WHERE status = 'active'
        ) h
        FULL JOIN (
            SELECT holder, tenant_id, product_id, count(*)
            FROM moved(inventory_stockitem.product_id in catalog_product)
            WHERE status = 'held' GROUP BY holder, tenant_id, product_id
        ) i USING (holder, tenant_id, product_id)
        WHERE h.quantity IS DISTINCT FROM i.count
        """,
    ),
    Invariant(
        "hold_ends_in_time",
        _("No code is set aside for longer than promised"),
        f"""
        SELECT tenant_id, holder, expires_at FROM inventory_hold
        WHERE status = 'active'
            AND expires_at < %(now)s - interval '{_OVERDUE_SECS} seconds'
        """,
    ),
    Invariant(
        "stock_equals_movements",
        _("Stock movements add up to the codes that are there"),
        """
        SELECT tenant_id, product_id, m.available, i.available, m.on_hand, i.on_hand
        FROM (
            SELECT tenant_id, product_id,
                sum(available) AS available, sum(on_hand) AS on_hand
            FROM moved(inventory_stockmovement.product_id in catalog_product)
            GROUP BY tenant_id, product_id
        ) m
        FULL JOIN (
            SELECT tenant_id, product_id,
                count(*) FILTER (WHERE status = 'free') AS available,
                count(*) FILTER (WHERE status IN ('free', 'held')) AS on_hand
            FROM moved(inventory_stockitem.product_id in catalog_product)
            GROUP BY tenant_id, product_id
        ) i USING (tenant_id, product_id)
        WHERE coalesce(m.available, 0) <> coalesce(i.available, 0)
            OR coalesce(m.on_hand, 0) <> coalesce(i.on_hand, 0)
        """,
    ),
)

_PURCHASES = (
    Invariant(
        "unit_bought_once",
        _("A unit is bought at most once, whatever suppliers were tried"),
        """
        SELECT tenant_id, purchase_id, count(*)
        FROM moved(inventory_purchaseattempt.purchase_id in inventory_purchase)
        WHERE status <> 'failed'
        GROUP BY tenant_id, purchase_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "purchase_stays_real_or_test",
        _("What was ordered with real money is never bought from a test account"),
        """
        SELECT t.tenant_id, t.purchase_id, count(*)
        FROM moved(inventory_purchaseattempt.purchase_id in inventory_purchase) t
        JOIN inventory_supplieraccount a ON a.id = t.account_id
        GROUP BY t.tenant_id, t.purchase_id HAVING count(DISTINCT a.is_test) > 1
        """,
    ),
    Invariant(
        "supplier_reference_once",
        _("A supplier's reference stands for one attempt"),
        """
        SELECT tenant_id, account_id, ref_id, count(*) FROM inventory_purchaseattempt
        GROUP BY tenant_id, account_id, ref_id HAVING count(*) > 1
        """,
        is_nightly=True,
    ),
    Invariant(
        "purchase_equals_its_attempt",
        _("A purchase is settled exactly as its last attempt was"),
        """
        SELECT p.tenant_id, p.id, p.status, a.status FROM moved(inventory_purchase) p
        JOIN inventory_purchaseattempt a ON a.purchase_id = p.id
        WHERE a.status = 'succeeded' AND p.status <> 'succeeded'
            OR a.status IN ('queued', 'sending', 'unknown')
                AND p.status IN ('succeeded', 'failed')
        """,
    ),
    Invariant(
        "fenced_reference_never_sent",
        _("A reference that was given up is never sent again"),
        """
        SELECT tenant_id, id, ref_id
        FROM moved(inventory_purchaseattempt.purchase_id in inventory_purchase)
        WHERE status = 'failed'
            AND (due_at IS NOT NULL OR claimed_until IS NOT NULL OR fenced_at IS NULL)
        UNION ALL
        SELECT tenant_id, id, ref_id FROM inventory_purchaseattempt
        WHERE status = 'unknown' AND due_at IS NOT NULL
            AND first_sent_at < %(now)s - interval '25 hours'
        """,
    ),
    Invariant(
        "renamed_account_got_nothing",
        _("What was stopped because of another name was never sent"),
        """
        SELECT p.tenant_id, p.id, a.ref_id FROM moved(inventory_purchase) p
        JOIN inventory_purchaseattempt a ON a.purchase_id = p.id AND a.calls > 0
        WHERE p.renamed_to <> ''
        """,
    ),
    Invariant(
        "attempt_is_looked_after",
        _("No attempt to buy is forgotten"),
        """
        SELECT a.tenant_id, a.id, a.status, a.due_at FROM inventory_purchaseattempt a
        JOIN inventory_purchase p ON p.id = a.purchase_id
        WHERE p.status = 'open' AND a.status IN ('queued', 'sending', 'unknown')
            AND (a.due_at IS NULL OR a.due_at < %(now)s - interval '10 minutes')
        """,
    ),
    Invariant(
        "stuck_purchase_has_owner",
        _("A purchase that takes too long is put before somebody"),
        """
        SELECT tenant_id, id, due_at FROM inventory_purchase
        WHERE status = 'open' AND due_at < %(now)s - interval '10 minutes'
        """,
    ),
    Invariant(
        "test_money_buys_nothing_real",
        _("What was paid with test money was bought at no live supplier account"),
        """
        SELECT a.tenant_id, a.id, a.ref_id FROM inventory_purchaseattempt a
        JOIN moved(inventory_purchase) p ON p.id = a.purchase_id AND p.is_test
        LEFT JOIN inventory_supplieraccount s ON s.id = a.account_id
        WHERE s.is_test IS NOT TRUE
        """,
    ),
    Invariant(
        "purchase_events_lead_to_status",
        _("A purchase's history leads to where it is"),
        """
        SELECT p.tenant_id, p.id, p.status, e.target FROM moved(inventory_purchase) p
        LEFT JOIN LATERAL (
            SELECT target FROM inventory_purchaseevent
            WHERE purchase_id = p.id AND attempt_id IS NULL ORDER BY id DESC LIMIT 1
        ) e ON true
        WHERE p.status IS DISTINCT FROM e.target
        UNION ALL
        SELECT a.tenant_id, a.id, a.status, e.target
        FROM moved(inventory_purchaseattempt.purchase_id in inventory_purchase) a
        LEFT JOIN LATERAL (
            SELECT target FROM inventory_purchaseevent
            WHERE attempt_id = a.id ORDER BY id DESC LIMIT 1
        ) e ON true
        WHERE a.status IS DISTINCT FROM e.target
        """,
    ),
)

_DEPOSITS = (
    # Few rows: the accounts, and what is set aside this moment (an index of its own).
    Invariant(
        "deposit_reserved_equals_holds",
        _("What of a deposit is set aside is what orders hold of it"),
        """
        SELECT a.tenant_id, a.id, a.reserved, held.amount
        FROM inventory_supplieraccount a
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(h.amount), 0) AS amount FROM inventory_deposithold h
            WHERE h.tenant_id = a.tenant_id AND h.account_id = a.id
                AND h.status = 'active'
        ) held
        WHERE a.reserved <> held.amount
        """,
    ),
    Invariant(
        "bought_deposit_is_consumed",
        _("Nothing is set aside any more for a top-up whose purchase has ended"),
        """
        SELECT h.tenant_id, h.id, h.holder, p.status FROM inventory_deposithold h
        JOIN inventory_purchase p ON p.tenant_id = h.tenant_id AND p.holder = h.holder
        WHERE h.status = 'active' AND p.status IN ('succeeded', 'failed')
        """,
    ),
)

_BREAKERS = (
    Invariant(
        "broken_supplier_is_asked_again",
        _("A supplier that is out of order is asked again whether it is back"),
        """
        SELECT tenant_id, id, probe_at FROM inventory_supplieraccount
        WHERE breaker <> 'closed' AND is_active
            AND probe_at < %(now)s - interval '10 minutes'
        """,
    ),
    # Two minutes for what was on its way when the breaker opened.
    Invariant(
        "broken_supplier_gets_nothing",
        _("Nothing is sent to a supplier that does not answer"),
        """
        SELECT t.tenant_id, t.id, t.ref_id, t.first_sent_at
        FROM moved(inventory_purchaseattempt.purchase_id in inventory_purchase) t
        JOIN inventory_supplieraccount a ON a.id = t.account_id
        WHERE a.breaker = 'open' AND a.is_active
            AND t.first_sent_at > a.breaker_at + interval '2 minutes'
        """,
    ),
    Invariant(
        "breaker_events_lead_to_breaker",
        _("The history of a supplier's outages leads to where it is"),
        """
        SELECT a.tenant_id, a.id, a.breaker, e.target FROM inventory_supplieraccount a
        LEFT JOIN LATERAL (
            SELECT target FROM inventory_breakerevent
            WHERE tenant_id = a.tenant_id AND account_id = a.id
            ORDER BY at DESC, id DESC LIMIT 1
        ) e ON true
        WHERE a.breaker <> coalesce(e.target, 'closed')
        """,
    ),
)

_BILLS = (
    Invariant(
        "bill_paid_as_it_was_asked",
        _("A bill is paid where, for whom and on the day that it was asked about"),
        """
        SELECT a.tenant_id, a.id, a.ref_id, a.first_sent_at
        FROM moved(inventory_purchaseattempt.purchase_id in inventory_purchase) a
        JOIN inventory_purchase p ON p.id = a.purchase_id
        JOIN catalog_product g ON g.id = p.product_id
        LEFT JOIN inventory_billinquiry i ON i.tenant_id = a.tenant_id
            AND i.account_id = a.account_id AND i.ref_id = a.ref_id
        WHERE (g.kind = 'bill' OR p.inquiry_id IS NOT NULL OR i.id IS NOT NULL)
            AND (i.holder, i.product_id, i.sku, i.target, i.destination)
                IS DISTINCT FROM
                (p.holder, p.product_id, a.sku, a.target, p.destination)
        UNION ALL
        SELECT a.tenant_id, a.id, a.ref_id, a.first_sent_at
        FROM moved(inventory_purchaseattempt.purchase_id in inventory_purchase) a
        JOIN inventory_billinquiry i ON i.tenant_id = a.tenant_id
            AND i.account_id = a.account_id AND i.ref_id = a.ref_id
        WHERE (a.first_sent_at AT TIME ZONE 'Asia/Jakarta')::date <> i.day
        """,
    ),
    Invariant(
        "bill_answer_used_once",
        _("What was answered about a bill is used for one order line, and once"),
        """
        SELECT tenant_id, inquiry_id, count(*) FROM inventory_purchase
        WHERE inquiry_id IS NOT NULL
        GROUP BY tenant_id, inquiry_id HAVING count(*) > 1
        UNION ALL
        SELECT p.tenant_id, p.inquiry_id, 0 FROM moved(inventory_purchase) p
        JOIN inventory_billinquiry i ON i.id = p.inquiry_id
        WHERE (i.tenant_id, i.status, i.holder)
            IS DISTINCT FROM (p.tenant_id, 'used', p.holder)
        """,
    ),
)

INVARIANTS = (*_CODES, *_PURCHASES, *_DEPOSITS, *_BREAKERS, *_BILLS)

MOVED = {
    # Whatever happens to codes is a movement of their product.
    "catalog_product": """
        SELECT DISTINCT product_id FROM inventory_stockmovement
        WHERE id > %(since_inventory_stockmovement)s
    """,
    "inventory_stockbatch": """
        SELECT DISTINCT batch_id FROM inventory_stockmovement
        WHERE id > %(since_inventory_stockmovement)s AND batch_id IS NOT NULL
    """,
    "inventory_purchase": """
        SELECT DISTINCT purchase_id FROM inventory_purchaseevent
        WHERE id > %(since_inventory_purchaseevent)s
    """,
}
