"""Wrong money, orders and deliveries."""

from tests.verify.plants.moments import LONG_AGO

POSTING = (
    "INSERT INTO payments_ledgerposting (tenant_id, entry_id, account_id, amount)"
    " SELECT tenant_id, {entry}, id, {amount} FROM payments_ledgeraccount"
    " WHERE kind = '{kind}' LIMIT 1"
)
ENTRY = (
    "INSERT INTO payments_ledgerentry (tenant_id, kind, source, number, at)"
    " SELECT id, '{kind}', 'T0-NOBODY', 1, now() FROM tenants_tenant"
    " WHERE slug = 'arcadia'"
)
LAST_ENTRY = "(SELECT max(id) FROM payments_ledgerentry)"
FIRST_ENTRY = "(SELECT min(id) FROM payments_ledgerentry)"
DONE = "(SELECT min(id) FROM payments_order WHERE status = 'completed')"
WAITING = "(SELECT min(id) FROM payments_order WHERE status = 'awaiting_payment')"
REFUNDED = "(SELECT min(id) FROM payments_order WHERE status = 'refunded')"
PAID = "(SELECT min(id) FROM payments_order WHERE status = 'paid')"


def move(kind, amount, *, entry=FIRST_ENTRY):
    return POSTING.format(kind=kind, amount=amount, entry=entry)


def set_order(which, assignment):
    return f"UPDATE payments_order SET {assignment} WHERE id = {which}"


def set_payment(status, assignment):
    return f"UPDATE payments_payment SET {assignment} WHERE status = '{status}'"


def set_refund(status, assignment):
    return f"UPDATE payments_refund SET {assignment} WHERE status = '{status}'"


def bought():
    """A purchase that succeeded, for the line of an order that is done."""
    return (
        "INSERT INTO inventory_purchase (tenant_id, public_id, holder, unit_no,"
        " product_id, destination, ceiling, status, created_at, promised_at, due_at,"
        " settled_at) SELECT l.tenant_id, gen_random_uuid(), l.public_id, 1,"
        " l.product_id, '123', 10000, 'succeeded', now(), now(), now(), now()"
        f" FROM payments_orderline l WHERE l.order_id = {DONE}"
    )


def as_top_up(destination):
    """The line of an order that is done was for a top-up."""
    return (
        f"UPDATE payments_orderline SET kind = 'topup', destination = '{destination}',"
        f" quantity = 1, cost_ceiling = unit_price WHERE order_id = {DONE}"
    )


PLANTS = {
    "entry_balances": [ENTRY.format(kind="sale")],
    "books_balance": [move("sales", 5)],
    "wallet_equals_postings": [
        "UPDATE payments_ledgeraccount SET balance = balance + 1 WHERE kind = 'wallet'"
    ],
    "wallet_never_negative": [move("wallet", 9_999), move("wallet", -9_999)],
    "posting_stays_in_store": [
        "UPDATE payments_ledgerposting SET tenant_id = (SELECT id FROM tenants_tenant"
        " WHERE slug = 'borealis') WHERE id = (SELECT max(id)"
        " FROM payments_ledgerposting)"
    ],
    "event_booked_once": [
        "ALTER TABLE payments_ledgerentry DROP CONSTRAINT entry_once",
        f"UPDATE payments_ledgerentry SET (kind, source, number) = (SELECT kind,"
        f" source, number FROM payments_ledgerentry WHERE id = {FIRST_ENTRY})"
        f" WHERE id = {LAST_ENTRY}",
    ],
    "receipts_equal_bookings": ["UPDATE payments_receipt SET amount = amount + 1"],
    "fees_equal_receipts": ["UPDATE payments_receipt SET fee = 1"],
    "gateway_in_and_out": [set_payment("reversed", "status = 'settled'")],
    "staff_money_has_two_people": [
        "ALTER TABLE payments_unmatchedmoney"
        " DROP CONSTRAINT unmatched_credited_by_another",
        "UPDATE payments_unmatchedmoney SET needs_second_person = true"
        " WHERE status = 'credited'",
    ],
    "no_money_from_nowhere": [ENTRY.format(kind="settled")],
    "live_order_paid_with_real_money": [
        "UPDATE payments_payment SET is_test = true"
        " WHERE status = 'settled' AND order_id IS NOT NULL"
    ],
    "unmatched_in_and_out": [
        "UPDATE payments_unmatchedmoney SET status = 'applied' WHERE status = 'open'"
    ],
    "unmatched_account_equals_queue": [
        "DELETE FROM payments_unmatchedmoney WHERE status = 'open'"
    ],
    "held_equals_open_orders": [set_order(PAID, "total = total + 1")],
    "sales_equal_delivered_orders": [set_order(DONE, "total = total + 1")],
    "sold_means_sale_booked": [set_order(WAITING, "status = 'delivered'")],
    "paid_means_money_used": [set_order(WAITING, "status = 'paid'")],
    "total_equals_lines": [
        "UPDATE payments_orderline SET quantity = quantity + 1 WHERE kind = 'code'"
    ],
    "price_rules_equal_reductions": [
        "UPDATE payments_orderline SET reduction = 1 WHERE kind = 'code'"
    ],
    "price_rules_stay_above_cost": [
        "UPDATE payments_orderline SET reduction = 1, unit_cost = unit_price"
    ],
    "ceiling_within_price": [
        as_top_up("123"),
        f"UPDATE payments_orderline SET cost_ceiling = unit_price + 1"
        f" WHERE order_id = {DONE}",
    ],
    "no_open_payment_left": [
        "UPDATE payments_payment SET status = 'pending' WHERE status = 'settled'"
    ],
    "events_lead_to_status": [set_order(PAID, "status = 'delivering'")],
    "events_follow_each_other": [
        "DELETE FROM payments_orderevent WHERE target = 'delivering'"
    ],
    "promo_equals_adjustments": [
        "INSERT INTO payments_orderadjustment (tenant_id, order_id, kind, source,"
        " label, amount) SELECT tenant_id, id, 'voucher', 'v', 'V', -1"
        f" FROM payments_order WHERE id = {DONE}"
    ],
    "undelivered_was_given_back": [
        f"UPDATE payments_orderline SET is_undelivered = true WHERE order_id = {DONE}"
    ],
    "bought_at_its_cost": [
        ENTRY.format(kind="bought"),
        move("cost", 5, entry=LAST_ENTRY),
    ],
    "delivered_means_every_piece": ["DELETE FROM payments_delivery"],
    "delivered_code_fits_line": [
        "UPDATE inventory_stockitem SET holder = gen_random_uuid()"
        " WHERE status = 'sold'"
    ],
    "code_delivered_once": [
        "INSERT INTO payments_delivery (tenant_id, line_id, unit_no, item,"
        " delivered_at, reveals) SELECT tenant_id + 1, line_id, unit_no, item,"
        " now(), 0 FROM payments_delivery"
        " WHERE item IS NOT NULL LIMIT 1"
    ],
    "sold_code_was_delivered": [
        "UPDATE inventory_stockitem SET status = 'sold' WHERE status = 'held'"
    ],
    "codes_held_for_live_orders": [
        "UPDATE inventory_hold SET status = 'released' WHERE status = 'active'"
    ],
    "review_is_the_buyers_own": [set_order(DONE, "status = 'delivered'")],
    "balance_payment_booked_once": [
        set_payment("settled", "status = 'expired'") + " AND from_balance"
    ],
    "payment_events_lead_to_status": [set_payment("pending", "status = 'settled'")],
    "unmatched_has_deadline": ["UPDATE payments_unmatchedmoney SET due_at = NULL"],
    "deposit_credited_once": [
        "UPDATE payments_deposit SET status = 'credited'"
        " WHERE status = 'awaiting_payment'"
    ],
    "deposit_events_lead_to_status": [
        "UPDATE payments_deposit SET status = 'expired'"
        " WHERE status = 'awaiting_payment'"
    ],
    "reserved_equals_orders": [
        "UPDATE payments_order SET reserved = reserved + 1 WHERE reserved > 0"
    ],
    "paid_has_outcome": [set_order(PAID, f"paid_at = {LONG_AGO}")],
    "unpaid_ends_in_time": [set_order(WAITING, f"expires_at = {LONG_AGO}")],
    "refunded_equals_refunds": [set_order(DONE, "refunded = refunded + 1")],
    "refunded_means_all_back": [set_order(REFUNDED, "refunded = refunded - 1")],
    "refund_booked_once": [set_refund("done", "amount = amount + 1")],
    "refund_has_deadline": [set_refund("awaiting_approval", "due_at = NULL")],
    "refund_events_lead_to_status": [set_refund("paying_out", "status = 'done'")],
    "refund_equals_its_parts": ["DELETE FROM payments_refundpart"],
    "refund_within_payment": ["UPDATE payments_refundpart SET amount = amount * 9"],
    "payable_equals_refunds_to_pay": [
        "UPDATE payments_refundpart SET destination = 'balance'"
    ],
    "unpaid_hold_ends_with_order": [
        "UPDATE inventory_hold SET expires_at = expires_at + interval '1 second'"
        " WHERE status = 'active'"
    ],
    "one_amount_per_way_to_pay": [
        "DROP INDEX payment_one_amount_per_way",
        "INSERT INTO payments_payment (tenant_id, public_id, order_id, method_id,"
        " reference, gateway_reference, status, amount, from_balance, unique_code,"
        " reserves_amount, instructions, pay_url, created_at, expires_at)"
        " SELECT tenant_id, gen_random_uuid(), order_id, method_id,"
        " 'planted-' || n, '', 'set_aside', 990000 + n, false, n, true, '{}', '',"
        " created_at, expires_at FROM payments_payment, generate_series(1, 2) n"
        " WHERE id = (SELECT min(id) FROM payments_payment"
        " WHERE order_id IS NOT NULL AND NOT from_balance)",
    ],
    "ended_payment_stays_ended": [
        "UPDATE payments_paymentevent SET source = 'expired', target = 'pending'"
        " WHERE target = 'settled'"
    ],
    "buyer_within_quota": [
        "INSERT INTO payments_order (tenant_id, public_id, code, request_key,"
        " customer_id, status, total, reserved, refunded, created_at, expires_at)"
        " SELECT tenant_id, gen_random_uuid(), 'P' || n, 'planted:' || n, customer_id,"
        " 'awaiting_payment', 1, 0, 0, created_at, created_at"
        f" FROM payments_order, generate_series(1, 11) n WHERE id = {DONE}"
    ],
    "blocked_buyer_takes_nothing": [
        f"UPDATE tenants_customer SET blocked_at = {LONG_AGO}"
    ],
    "parked_callback_is_shown": [
        "INSERT INTO security_inboxevent (tenant_id, source, target, event_key,"
        " headers, body, received_at, status, result, attempts, due_at)"
        " SELECT tenant_id, 'gateway:tripay', public_id, 'parked', '{}', '',"
        f" {LONG_AGO}, 'parked', 'CANNOT_OPEN', 1, {LONG_AGO}"
        " FROM payments_paymentmethod LIMIT 1"
    ],
    "delivered_top_up_was_bought": [
        "UPDATE payments_delivery SET item = NULL, purchase = gen_random_uuid()"
    ],
    "bought_top_up_was_delivered": [bought()],
    "top_up_goes_where_it_was_paid_for": [
        bought(),
        as_top_up("124"),  # ordered for another account of the same game
    ],
    "deposit_hold_has_open_order": [
        "INSERT INTO inventory_deposithold (tenant_id, account_id, holder, amount,"
        " status, created_at) SELECT tenant_id, 1, public_id, 10000, 'active', now()"
        f" FROM payments_orderline WHERE order_id = {DONE}",
        as_top_up("123"),
    ],
    "verdict_waits_for_its_purchase": [
        bought(),
        "INSERT INTO payments_purchaseverdict (tenant_id, public_id, purchase_id,"
        " outcome, reason, given_by, given_at) SELECT tenant_id, gen_random_uuid(), id,"
        " 'failed', 'not in their"
        " list', 'user:1', now() FROM inventory_purchase ORDER BY id DESC LIMIT 1",
    ],
    # Sold, and nobody ever asked what the number owes.
    "bill_is_sold_as_it_was_answered": [
        as_top_up("530000000001").replace("'topup'", "'bill'"),
    ],
}
