"""What must be true of codes, holds and movements."""

from django.utils.translation import gettext_lazy as _

from inventory.services.holds import GRACE
from ppob.kit.invariants import Invariant

# The net that gives holds back, and two minutes for it to have been at work.
_OVERDUE_SECS = int(GRACE.total_seconds()) + 120

INVARIANTS = (
    Invariant(
        "code_sold_once",
        _("The same code is not sold twice"),
        """
        SELECT tenant_id, product_id, count(*) FROM inventory_stockitem
        WHERE status = 'sold'
        GROUP BY tenant_id, product_id, code_hash HAVING count(*) > 1
        """,
    ),
    Invariant(
        "hold_has_its_codes",
        _("An active hold has all its codes, and no code is held without one"),
        """
        SELECT tenant_id, holder, h.quantity, i.count
        FROM (SELECT * FROM inventory_hold WHERE status = 'active') h
        FULL JOIN (
            SELECT holder, tenant_id, product_id, count(*) FROM inventory_stockitem
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
            FROM inventory_stockmovement GROUP BY tenant_id, product_id
        ) m
        FULL JOIN (
            SELECT tenant_id, product_id,
                count(*) FILTER (WHERE status = 'free') AS available,
                count(*) FILTER (WHERE status IN ('free', 'held')) AS on_hand
            FROM inventory_stockitem GROUP BY tenant_id, product_id
        ) i USING (tenant_id, product_id)
        WHERE coalesce(m.available, 0) <> coalesce(i.available, 0)
            OR coalesce(m.on_hand, 0) <> coalesce(i.on_hand, 0)
        """,
    ),
)
