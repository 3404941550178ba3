"""Every rule notices the wrong row it was written for."""

import pytest

from payments.models import UnmatchedMoney
from payments.services import completion, expiry, settlement, unmatched
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_order,
    make_product,
)
from tests.payments.acts import LATE, pending, tell
from tests.payments.invariants import QUERIES, violations

POSTING = (
    "INSERT INTO payments_ledgerposting (tenant_id, entry_id, account_id, amount)"
    " SELECT tenant_id, {entry}, id, {amount} FROM payments_ledgeraccount"
    " WHERE kind = '{kind}' LIMIT 1"
)
ENTRY = (
    "INSERT INTO payments_ledgerentry (tenant_id, reason, at)"
    " SELECT id, {reason}, now() FROM tenants_tenant WHERE slug = 'arcadia'"
)
LAST_ENTRY = "(SELECT max(id) FROM payments_ledgerentry)"
FIRST_ENTRY = "(SELECT min(id) FROM payments_ledgerentry)"
DONE = "(SELECT min(id) FROM payments_order WHERE status = 'completed')"
WAITING = "(SELECT min(id) FROM payments_order WHERE status = 'awaiting_payment')"
PAID = "(SELECT min(id) FROM payments_order WHERE status = 'paid')"


def move(kind, amount, *, entry=FIRST_ENTRY):
    return POSTING.format(kind=kind, amount=amount, entry=entry)


def set_order(which, assignment):
    return f"UPDATE payments_order SET {assignment} WHERE id = {which}"


# For each rule one wrong thing, done behind the back of all guards.
WRONGS: dict[str, list[str]] = {
    "an entry adds up to zero and has two postings or more": [
        ENTRY.format(reason="'empty'")
    ],
    "a store's books add up to zero": [move("sales", 5)],
    "a wallet's balance is what was credited less what was debited": [
        "UPDATE payments_ledgeraccount SET balance = balance + 1 WHERE kind = 'wallet'"
    ],
    "a wallet was never below zero": [move("wallet", 9_999), move("wallet", -9_999)],
    "no posting crosses from one store to another": [
        "UPDATE payments_ledgerposting SET tenant_id = (SELECT id FROM tenants_tenant"
        " WHERE slug = 'borealis') WHERE id = (SELECT max(id)"
        " FROM payments_ledgerposting)"
    ],
    "one event is booked once": [
        "ALTER TABLE payments_ledgerentry DROP CONSTRAINT entry_once",
        f"UPDATE payments_ledgerentry SET reason = (SELECT reason FROM"
        f" payments_ledgerentry WHERE id = {FIRST_ENTRY}) WHERE id = {LAST_ENTRY}",
    ],
    "settled money is booked once, for its amount": [
        "UPDATE payments_payment SET amount = amount + 1 WHERE status = 'settled'"
    ],
    "no money is booked that nobody paid": [ENTRY.format(reason="'settled:T0-NOBODY'")],
    "unmatched money is booked in and, once settled, out": [
        "UPDATE payments_unmatchedmoney SET status = 'applied' WHERE status = 'open'"
    ],
    "the account of unmatched money is what waits to be settled": [
        "DELETE FROM payments_unmatchedmoney WHERE status = 'open'"
    ],
    "held money is the total of paid orders that are not delivered": [
        set_order(PAID, "total = total + 1")
    ],
    "sales are the totals of delivered orders": [set_order(DONE, "total = total + 1")],
    "an order is sold exactly when its sale is booked": [
        set_order(WAITING, "status = 'delivered'")
    ],
    "an order is paid exactly when money was used for it": [
        set_order(WAITING, "status = 'paid'")
    ],
    "an order's total is the sum of its lines": [
        "UPDATE payments_orderline SET quantity = quantity + 1"
    ],
    "an order that is not waiting for money has no open payment": [
        "UPDATE payments_payment SET status = 'pending' WHERE status = 'settled'"
    ],
    "an order's events lead to where it is": [set_order(PAID, "status = 'delivering'")],
    "an order's events follow each other": [
        "DELETE FROM payments_orderevent WHERE target = 'delivering'"
    ],
    "delivered means every piece of every line, and nothing beyond it": [
        "DELETE FROM payments_delivery"
    ],
    "a delivered code is the line's own product and store, and sold to it": [
        "UPDATE inventory_stockitem SET holder = gen_random_uuid()"
        " WHERE status = 'sold'"
    ],
    "a code is delivered to one buyer": [
        "INSERT INTO payments_delivery (tenant_id, line_id, unit_no, item,"
        " delivered_at, reveals) SELECT tenant_id + 1, line_id, unit_no, item,"
        " now(), 0 FROM payments_delivery LIMIT 1"
    ],
    "a code that was sold was delivered": [
        "UPDATE inventory_stockitem SET status = 'sold' WHERE status = 'held'"
    ],
    "the same code is not sold twice": [
        "ALTER TABLE inventory_stockitem DROP CONSTRAINT item_code_once",
        "UPDATE inventory_stockitem SET code_hash = 'same', product_id ="
        " (SELECT min(id) FROM catalog_product), status = 'sold',"
        " holder = gen_random_uuid()",
    ],
    "an active hold has all its codes, and no code is held without one": [
        "UPDATE inventory_stockitem SET status = 'free', holder = NULL"
        " WHERE status = 'held'"
    ],
    "codes are held for orders that may still be delivered": [
        "UPDATE inventory_hold SET status = 'released' WHERE status = 'active'"
    ],
    "movements add up to the codes that can be bought and that are there": [
        "UPDATE inventory_stockmovement SET on_hand = on_hand + 1 WHERE id ="
        " (SELECT min(id) FROM inventory_stockmovement)"
    ],
    "a review is the buyer's own, of a completed order": [
        set_order(DONE, "status = 'delivered'")
    ],
}


@pytest.fixture
def busy_store(in_arcadia, jobs):
    """One order in each interesting place."""
    seller = make_member()
    done = make_order(make_product(codes=3), quantity=2)
    tell(pending(done))
    jobs.run()
    completion.leave_review(customer=done.customer, order_id=done.pk, stars=5, now=NOON)
    paid = make_order(customer=make_customer("bima"))
    tell(pending(paid))  # its delivery has not run yet
    pending()
    product = make_product(codes=1)
    for number in range(3):
        late = pending(make_order(product))
        expiry.expire_order(order_id=late.order_id, now=LATE)
        tell(late, amount=late.amount + 7, now=LATE)
        if number:
            money = UnmatchedMoney.objects.get(payment=late)
            unmatched.note_returned(member=seller, money=money, note="x", now=LATE)
    rejected = pending()
    settlement.reject_transfer(member=seller, payment=rejected, reason="none", now=NOON)


def test_a_busy_store_breaks_no_rule(busy_store, superuser):
    assert violations(superuser) == {}


def test_every_rule_has_its_wrong():
    assert set(WRONGS) == set(QUERIES)


def test_every_wrong_is_noticed_by_its_rule(busy_store, superuser):
    unnoticed = []
    for rule, statements in WRONGS.items():
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                superuser.execute(statement)
            if rule not in violations(superuser):
                unnoticed.append(rule)

    assert unnoticed == []
    assert violations(superuser) == {}
