"""Another quantity for an order that waits: its codes, its total, never two orders."""

from datetime import timedelta
from functools import partial

import pytest

from inventory import selectors as inventory
from inventory.models import Hold
from inventory.services.stock import OutOfStock
from payments.models import Order, OrderEvent
from payments.services.incoming.balance import reserve_balance
from payments.services.incoming.charges import OrderNotPayable
from payments.services.ledger import quotas
from payments.services.orders import checkout, quantities
from payments.services.orders.quantities import QuantityFixed, TooManyChanges
from payments.services.orders.quote import NotForSale
from payments.states import OrderStatus
from ppob.kit.errors import InvalidInput
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from tenants.services import customers, suspension
from tenants.services.customers import BuyerBlocked
from tenants.services.suspension import StoreClosed
from tests.conftest import NOON
from tests.factories import (
    OrderLineFactory,
    make_customer,
    make_member,
    make_order,
    make_product,
)
from tests.payments.acts import fund, pending
from tests.payments.invariants import violations
from tests.payments.racing import at_once

PRICE = 29_000
AYU = "discord:1"


@pytest.fixture
def product(in_arcadia):
    return make_product(price=PRICE, codes=6)


@pytest.fixture
def ayu(in_arcadia):
    return make_customer("ayu")


@pytest.fixture
def order(product, ayu):
    """Two orders of the same product wait; nothing may happen to the other one."""
    make_order(product=product, customer=make_customer("bima"))
    return make_order(product=product, customer=ayu)


def change(order, quantity, *, now=NOON):
    return quantities.choose_quantity(
        order_id=order.pk, quantity=quantity, actor=AYU, now=now
    )


def state(order):
    """Total, pieces, codes that are held for it, and what others can buy."""
    order = Order.objects.get(pk=order.pk)
    line = order.lines.get()
    held = Hold.objects.filter(holder=line.public_id, status="active")
    [level] = inventory.available([line.product_id]).values()
    return order.total, line.quantity, [hold.quantity for hold in held], level


def test_three_pieces_cost_three_times_as_much_and_are_set_aside(order, superuser):
    changed = change(order, 3)

    assert changed.is_new
    assert state(order) == (3 * PRICE, 3, [3], 2)
    assert Order.objects.count() == 2
    assert violations(superuser) == {}


def test_fewer_pieces_go_back_to_everybody(order, superuser):
    change(order, 5)

    change(order, 2)

    assert state(order) == (2 * PRICE, 2, [2], 3)
    assert violations(superuser) == {}


def test_the_same_quantity_again_changes_nothing(order):
    change(order, 3)

    again = change(order, 3)

    assert not again.is_new
    assert state(order) == (3 * PRICE, 3, [3], 2)
    assert OrderEvent.objects.filter(order=order).count() == 2


def test_price_code_and_deadline_stay_those_of_the_press(order, product):
    product.__class__.objects.filter(pk=product.pk).update(price=99_000)
    before = Order.objects.get(pk=order.pk)

    change(order, 2, now=NOON + timedelta(minutes=5))

    after = Order.objects.get(pk=order.pk)
    [hold] = Hold.objects.filter(status="active", quantity=2)
    assert after.total == 2 * PRICE
    assert (after.code, after.expires_at) == (before.code, before.expires_at)
    assert hold.expires_at == before.expires_at


def test_the_history_says_what_changed_and_leads_to_where_the_order_is(order):
    change(order, 3)

    event = OrderEvent.objects.filter(order=order).latest("pk")
    assert (event.source, event.target, event.reason, event.actor) == (
        "awaiting_payment",
        "awaiting_payment",
        "1 → 3",
        AYU,
    )


def test_more_than_there_is_leaves_the_order_and_says_how_many_there_are(order):
    with speaking("en"), pytest.raises(OutOfStock) as refusal:
        change(order, 6)

    # Six codes, one of them is the other buyer's.
    assert "up to 5" in str(refusal.value)
    assert state(order) == (PRICE, 1, [1], 4)


def test_everything_that_is_left_can_be_had(order):
    assert quantities.choice_of(order, now=NOON).most == 5

    change(order, 5)

    assert state(order) == (5 * PRICE, 5, [5], 0)


@pytest.mark.parametrize("quantity", [0, -1, 21, 10**9])
def test_nobody_orders_none_or_more_than_twenty(order, quantity):
    with pytest.raises(InvalidInput):
        change(order, quantity)

    assert state(order) == (PRICE, 1, [1], 4)


def test_twenty_is_the_most_however_many_there_are(ayu):
    order = make_order(product=make_product(price=PRICE, codes=30), customer=ayu)

    assert quantities.choice_of(order, now=NOON).most == 20
    change(order, 20)

    assert state(order) == (20 * PRICE, 20, [20], 10)


def test_once_a_way_to_pay_was_chosen_the_quantity_is_fixed(order):
    payment = pending(order)

    with pytest.raises(QuantityFixed):
        change(order, 3)

    assert not quantities.may_choose(order, now=NOON)
    assert state(order) == (PRICE, 1, [1], 4)
    payment.refresh_from_db()
    assert payment.status == "pending"


def test_what_is_set_aside_from_a_balance_fixes_it_too(order, ayu):
    fund(ayu, 10_000)
    reserve_balance(order_id=order.pk, now=NOON)
    order.refresh_from_db()

    with pytest.raises(QuantityFixed):
        change(order, 3)

    assert state(order) == (PRICE, 1, [1], 4)


def test_an_order_that_ended_stays_as_it_was(order):
    checkout.cancel_order(order_id=order.pk, actor="clock", now=NOON)

    with pytest.raises(OrderNotPayable):
        change(order, 3)

    assert state(order) == (PRICE, 1, [], 5)


def test_at_its_deadline_an_order_takes_nothing_more(order):
    with pytest.raises(OrderNotPayable):
        change(order, 3, now=order.expires_at)

    change(order, 3, now=order.expires_at - timedelta(microseconds=1))
    assert state(order) == (3 * PRICE, 3, [3], 2)


def test_a_top_up_is_one(order):
    topup = OrderLineFactory(kind="topup", destination="08123456789").order
    topup.expires_at = NOON + timedelta(minutes=1)
    topup.save()

    with pytest.raises(InvalidInput):
        change(topup, 2)

    assert not quantities.may_choose(topup, now=NOON)


def test_a_product_that_is_taken_off_sale_can_become_less_but_not_more(order, product):
    change(order, 3)
    product.__class__.objects.filter(pk=product.pk).update(is_active=False)

    with pytest.raises(NotForSale):
        change(order, 4)
    change(order, 2)

    assert state(order) == (2 * PRICE, 2, [2], 3)


def test_a_blocked_buyer_and_a_closed_store_take_nothing_more(order, ayu, in_arcadia):
    owner = make_member()
    customers.block(actor=owner, customer=ayu, reason="fraud", now=NOON)

    with pytest.raises(BuyerBlocked):
        change(order, 3)

    customers.unblock(actor=owner, customer=ayu, now=NOON)
    suspension.suspend_store(tenant_id=in_arcadia.pk, actor="staff", now=NOON)
    with pytest.raises(StoreClosed):
        change(order, 3)

    assert state(order) == (PRICE, 1, [1], 4)


def test_pieces_count_for_the_days_quota(ayu, monkeypatch):
    monkeypatch.setattr(quotas, "MOST_UNPAID_PIECES", 4)
    product = make_product(price=PRICE, codes=20)
    make_order(product=product, customer=ayu)
    order = make_order(product=product, customer=ayu)

    with pytest.raises(quotas.TooMuchUnpaid):
        change(order, 4)

    change(order, 3)
    assert state(order) == (3 * PRICE, 3, [3], 16)


def test_an_order_is_not_changed_for_ever(order):
    for number in range(quantities.MOST_CHANGES):
        change(order, 2 - number % 2)

    with pytest.raises(TooManyChanges):
        change(order, 3)

    assert state(order) == (PRICE, 1, [1], 4)


def test_presses_at_once_leave_one_order_with_one_of_the_quantities(order, superuser):
    works = [partial(change, order, quantity) for quantity in (2, 3, 4, 3)]

    at_once(works)

    total, pieces, held, left = state(order)
    assert pieces in (2, 3, 4)
    assert (total, held, left) == (pieces * PRICE, [pieces], 5 - pieces)
    assert violations(superuser) == {}


def test_choosing_how_to_pay_at_the_same_moment_asks_for_what_the_order_costs(order):
    at_once([partial(change, order, 3), partial(pending, order)])

    order.refresh_from_db()
    [payment] = order.payments.all()
    assert payment.net == order.total
    assert order.total == order.lines.get().quantity * PRICE
    assert order.status == OrderStatus.AWAITING_PAYMENT


def test_another_stores_order_is_not_there(order, borealis):
    with tenant_scope(borealis.pk), pytest.raises(Order.DoesNotExist):
        change(order, 2)

    assert state(order) == (PRICE, 1, [1], 4)
