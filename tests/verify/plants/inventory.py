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
        " account_id, sku, target, ref_id, status, rc, message, calls, checks,"
        " created_at, first_sent_at, fenced_at, discrepancy) SELECT tenant_id,"
        " gen_random_uuid(),"
        f" id, 1, 'ML86', '123', {ref_id}, '{status}', '', '', 1, 0, now(), now(),"
        f" {fenced_at}, ''"
        " FROM inventory_purchase ORDER BY id DESC LIMIT 1"
    )


def account(is_test="true", *, reserved=0):
    """An account at a supplier, of the store of the first product."""
    return (
        "INSERT INTO inventory_supplieraccount (tenant_id, public_id, kind, username,"
        " is_test, is_active, position, created_at, trouble, reserved)"
        " SELECT tenant_id, gen_random_uuid(), 'digiflazz', 'planted',"
        f" {is_test}, true, 0, now(), '', {reserved}"
        " FROM catalog_product ORDER BY id LIMIT 1"
    )


def broken(since, *, probe_at="now()"):
    """The last account is out of order, and nothing says how it came to that."""
    return (
        "UPDATE inventory_supplieraccount SET breaker = 'open',"
        f" breaker_at = {since}, probe_at = {probe_at}"
        " WHERE id = (SELECT max(id) FROM inventory_supplieraccount)"
    )


def deposit_hold(*, holder, account="1"):
    """Rp 10.000 set aside at an account for an order line."""
    return (
        "INSERT INTO inventory_deposithold (tenant_id, account_id, holder, amount,"
        f" status, created_at) SELECT tenant_id, {account}, {holder}, 10000, 'active',"
        " now() FROM catalog_product ORDER BY id LIMIT 1"
    )


def inquiry(*, holder, status="used", day="current_date"):
    """An answered question about a bill for the last purchase's number, used for it."""
    used_on = day if status == "used" else "NULL"
    return (
        "INSERT INTO inventory_billinquiry (tenant_id, public_id, account_id,"
        " product_id, customer_id, sku, destination, target, ref_id,"
        " supplier_reference, day, status, finding, rc, customer_name, period, billed,"
        " cost, details, holder, used_on, asked_at) SELECT tenant_id,"
        " gen_random_uuid(), 1, product_id, 1, 'ML86', '123', '123', 'a', '',"
        f" {day}, '{status}', 'due', '00', '', '', 1000, 900, '[]', {holder},"
        f" {used_on}, now() FROM inventory_purchase ORDER BY id DESC LIMIT 1"
    )


_LAST_HOLDER = "(SELECT holder FROM inventory_purchase ORDER BY id DESC LIMIT 1)"
_PAYS_IT = (
    "UPDATE inventory_purchase SET inquiry_id = (SELECT max(id) FROM"
    " inventory_billinquiry) WHERE id = (SELECT max(id) FROM inventory_purchase)"
)

PLANTS = {
    "code_sold_once": [
        "DROP INDEX item_code_once",
        "UPDATE inventory_stockitem SET code_hash = 'same', product_id ="
        " (SELECT min(id) FROM catalog_product), status = 'sold',"
        " holder = gen_random_uuid()",
    ],
    # In two products, and one of them not even sold.
    "code_live_once": [
        "DROP INDEX item_code_once",
        "UPDATE inventory_stockitem SET code_hash = 'same', status = 'free',"
        " holder = NULL WHERE id IN (SELECT min(id) FROM inventory_stockitem"
        " GROUP BY product_id ORDER BY 1 LIMIT 2)",
    ],
    "code_has_index": [
        f"UPDATE inventory_stockitem SET created_at = {LONG_AGO}",
        "UPDATE inventory_stockitem SET index_version = 0 WHERE id ="
        " (SELECT min(id) FROM inventory_stockitem)",
    ],
    "upload_has_its_codes": [
        "UPDATE inventory_stockbatch SET added = added + 1 WHERE id ="
        " (SELECT min(id) FROM inventory_stockbatch)"
    ],
    "withdrawn_upload_is_not_for_sale": [
        "UPDATE inventory_stockbatch SET withdrawn_at = now() WHERE id IN"
        " (SELECT batch_id FROM inventory_stockitem WHERE status = 'free')"
    ],
    "draft_is_gone_in_time": [
        "INSERT INTO inventory_stockdraft (tenant_id, public_id, product_id, actor,"
        ' source, file_name, included, revision, created_at, expires_at, "table")'
        " SELECT tenant_id, gen_random_uuid(), id, 'user:1', 'pasted', '', '[]', 1,"
        f" {LONG_AGO}, {LONG_AGO}, ''::bytea FROM catalog_product"
        " ORDER BY id LIMIT 1"
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
    "purchase_stays_real_or_test": [
        purchase("open"),
        account("false"),
        account("true"),
        *(
            attempt("failed", f"'{ref}'").replace(
                " 1, 'ML86'",
                " (SELECT max(s.id) FROM inventory_supplieraccount s"
                f" WHERE s.username = 'planted' AND s.is_test = {is_test}), 'ML86'",
            )
            for ref, is_test in (("a", "false"), ("b", "true"))
        ),
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
    "renamed_account_got_nothing": [
        purchase("failed"),
        "UPDATE inventory_purchase SET player_name = 'Rizky', named_by = 'digiflazz',"
        " renamed_to = 'Bima' WHERE id = (SELECT max(id) FROM inventory_purchase)",
        attempt("failed", "'a'"),
    ],
    "attempt_is_looked_after": [purchase("open"), attempt("unknown", "'a'")],
    "stuck_purchase_has_owner": [
        purchase("open"),
        f"UPDATE inventory_purchase SET due_at = {LONG_AGO}",
    ],
    "purchase_events_lead_to_status": [purchase("open")],
    # The account says less than the orders hold: others would get it, too.
    "deposit_reserved_equals_holds": [
        account(reserved=9_999),
        deposit_hold(
            holder="gen_random_uuid()",
            account="(SELECT max(id) FROM inventory_supplieraccount)",
        ),
    ],
    "bought_deposit_is_consumed": [
        purchase("succeeded"),
        deposit_hold(
            holder="(SELECT holder FROM inventory_purchase ORDER BY id DESC LIMIT 1)"
        ),
    ],
    "broken_supplier_is_asked_again": [
        account(),
        broken(f"{LONG_AGO}", probe_at=LONG_AGO),
    ],
    "broken_supplier_gets_nothing": [
        account(),
        broken(LONG_AGO),
        purchase("open"),
        attempt("unknown", "'a'").replace(
            " 1, 'ML86'",
            " (SELECT max(id) FROM inventory_supplieraccount), 'ML86'",
        ),
    ],
    "breaker_events_lead_to_breaker": [account(), broken("now()")],
    # Sent today under the reference of a question of another day.
    "bill_paid_as_it_was_asked": [
        purchase("open"),
        inquiry(holder=_LAST_HOLDER, day="current_date - 3"),
        _PAYS_IT,
        attempt("unknown", "'a'"),
    ],
    # The answer belongs to another line than the purchase.
    "bill_answer_used_once": [
        purchase("open"),
        inquiry(holder="gen_random_uuid()"),
        _PAYS_IT,
    ],
}
