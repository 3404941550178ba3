"""Orders for top-ups keep a part of the supplier's deposit, as they keep codes."""

from datetime import timedelta
from functools import partial

import pytest

from inventory.models import DepositHold, SupplierAccount
from payments.models import Order
from payments.services import refunds
from payments.services.orders import checkout, expiry
from payments.services.orders.quote import Item, NotServed
from payments.states import OrderStatus
from ppob.kit import clock
from tests.conftest import NOON
from tests.factories import make_customer, make_order
from tests.inventory.suppliers import (
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)
from tests.payments.acts import deliver, open_transfer, pending, tell
from tests.payments.racing import at_once

pytestmark = pytest.mark.usefixtures("right_books")

COST, PRICE, DEPOSIT = 30_000, 35_000, 100_000
LATE = NOON + timedelta(hours=3)


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def account(in_arcadia, supplier, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return make_account(deposit=DEPOSIT, deposit_at=NOON)


@pytest.fixture
def product(account):
    product = make_topup(price=PRICE)
    map_product(product, account, cost=COST)
    return product


def money_of(account):
    account.refresh_from_db()
    return account.deposit, account.reserved


def order(product):
    return make_order(product, destination=SUCCEEDS)


def pay(order):
    tell(pending(order, method=open_transfer()))
    order.refresh_from_db()
    return order


def buying(product):
    customer = make_customer()
    return partial(
        checkout.place_order,
        customer=customer,
        items=[Item(product.pk, destination=SUCCEEDS)],
        request_key=f"click:{customer.pk}",
        now=NOON,
    )


def test_four_at_once_are_three_orders_and_a_refusal(product, account):
    results = at_once([buying(product) for _ in range(4)])

    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["NotServed", "Order", "Order", "Order"]
    assert money_of(account) == (DEPOSIT, 3 * COST)
    assert Order.objects.count() == DepositHold.objects.count() == 3


def test_without_the_look_all_four_would_be_taken(product, account):
    """The control: a deposit that nobody has read refuses nobody."""
    SupplierAccount.objects.update(deposit=None, deposit_at=None)

    results = at_once([buying(product) for _ in range(4)])

    assert [type(result).__name__ for result in results] == ["Order"] * 4


def test_the_refusal_says_that_it_is_being_refilled(product, account):
    for _ in range(3):
        order(product)

    with pytest.raises(NotServed, match="refilled"):
        order(product)
    assert Order.objects.count() == 3


def test_the_same_press_twice_sets_it_aside_once(product, account):
    press = buying(product)

    assert press() == press()
    assert money_of(account) == (DEPOSIT, COST)


def test_a_cancelled_order_gives_it_back(product, account):
    checkout.cancel_order(order_id=order(product).pk, actor="test", now=NOON)

    assert money_of(account) == (DEPOSIT, 0)


def test_an_order_that_ran_out_gives_it_back(product, account):
    expiry.expire_order(order_id=order(product).pk, now=LATE)

    assert money_of(account) == (DEPOSIT, 0)


def test_a_paid_order_keeps_it_until_it_was_bought(product, account, supplier, jobs):
    supplier.answers = []
    paid = pay(order(product))
    assert money_of(account) == (DEPOSIT, COST)

    jobs.run()

    paid.refresh_from_db()
    assert paid.status == OrderStatus.DELIVERED
    assert money_of(account) == (DEPOSIT - 10_000, 0)  # what the supplier said it cost


def test_a_refund_before_it_was_bought_gives_it_back(product, account, seller):
    paid = pay(order(product))
    draft = refunds.RefundDraft(
        amount=PRICE,
        to="balance",
        reason="changed their mind",
        request_key="form:1",
        seen_refunded=0,
    )

    refunds.request_refund(actor=seller, order=paid, draft=draft, now=NOON)

    assert money_of(account) == (DEPOSIT, 0)
    deliver(paid)
    assert money_of(account) == (DEPOSIT, 0)


def test_late_money_buys_although_nothing_is_set_aside_any_more(
    product, account, supplier, jobs
):
    late = order(product)
    payment = pending(late, method=open_transfer())
    expiry.expire_order(order_id=late.pk, now=LATE)
    assert money_of(account) == (DEPOSIT, 0)

    tell(payment, now=LATE)
    jobs.run()

    late.refresh_from_db()
    assert late.status == OrderStatus.DELIVERED
    assert DepositHold.objects.get().status == "released"
