"""Wrong codes, holds and movements."""

from tests.verify.plants.moments import LONG_AGO


def purchase(status):
    """A purchase that nobody wrote a history for."""
    settled_at = "NULL" if status == "open" else "now()"
    return (
        "INSERT INTO inventory_purchase (tenant_id, public_id, holder, unit_no,"
        " product_id, destination, ceiling, status, created_at, promised_at, due_at,"
        " settled_at) SELECT tenant_id, gen_random_uuid(), gen_random_uuid(), 1, id,"
        f" '123', 10000, '{status}', now(), now(), now(), {settled_at}"
        " FROM catalog_product ORDER BY id LIMIT 1"
    )


def attempt(status, ref_id):
    """An attempt at the last purchase, at a supplier account that need not exist."""
    fenced_at = "now()" if status == "failed" else "NULL"
    return (
        "INSERT INTO inventory_purchaseattempt (tenant_id, public_id, purchase_id,"
        " account_id, sku, ref_id, status, rc, message, calls, checks, created_at,"
        " first_sent_at, fenced_at, surprise) SELECT tenant_id, gen_random_uuid(), id,"
        f" 1, 'ML86', {ref_id}, '{status}', '', '', 1, 0, now(), now(), {fenced_at}, ''"
        " FROM inventory_purchase ORDER BY id DESC LIMIT 1"
    )


PLANTS = {
    "code_sold_once": [
        "ALTER TABLE inventory_stockitem DROP CONSTRAINT item_code_once",
        "UPDATE inventory_stockitem SET code_hash = 'same', product_id ="
        " (SELECT min(id) FROM catalog_product), status = 'sold',"
        " holder = gen_random_uuid()",
    ],
    "hold_has_its_codes": [
        "UPDATE inventory_stockitem SET status = 'free', holder = NULL"
        " WHERE status = 'held'"
    ],
    "hold_ends_in_time": [
        f"UPDATE inventory_hold SET expires_at = {LONG_AGO} WHERE status = 'active'"
    ],
    "stock_equals_movements": [
        "UPDATE inventory_stockmovement SET on_hand = on_hand + 1 WHERE id ="
        " (SELECT min(id) FROM inventory_stockmovement)"
    ],
    "unit_bought_once": [
        purchase("succeeded"),
        attempt("succeeded", "'a'"),
        "DROP INDEX attempt_one_not_failed",
        attempt("unknown", "'b'"),
    ],
    "supplier_reference_once": [
        purchase("open"),
        "ALTER TABLE inventory_purchaseattempt DROP CONSTRAINT attempt_ref_once",
        attempt("failed", "'a'"),
        attempt("failed", "'a'"),
    ],
    "test_money_buys_nothing_real": [
        purchase("open"),
        "UPDATE inventory_purchase SET is_test = true WHERE id ="
        " (SELECT max(id) FROM inventory_purchase)",
        attempt("unknown", "'a'"),
    ],
    "purchase_equals_its_attempt": [purchase("failed"), attempt("unknown", "'a'")],
    "fenced_reference_never_sent": [
        purchase("failed"),
        attempt("failed", "'a'"),
        "UPDATE inventory_purchaseattempt SET due_at = now()",
    ],
    "attempt_is_looked_after": [purchase("open"), attempt("unknown", "'a'")],
    "stuck_purchase_has_owner": [
        purchase("open"),
        f"UPDATE inventory_purchase SET due_at = {LONG_AGO}",
    ],
    "purchase_events_lead_to_status": [purchase("open")],
}
