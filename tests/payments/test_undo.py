"""A buyer takes a paid top-up back before any supplier has heard of it."""

from datetime import timedelta
from functools import partial

import pytest

from inventory import cross_tenant as inventory
from inventory.models import (
    Purchase,
    PurchaseAttempt,
    SavedDestination,
    SupplierProduct,
)
from inventory.services import saved_destinations
from inventory.suppliers.base import FactState, OutcomeUnknown
from inventory.tasks import sweep_purchases
from payments import cross_tenant
from payments.models import Refund
from payments.services.orders import undo
from payments.services.orders.undo import TooLateToUndo
from payments.states import OrderStatus
from payments.tasks import give_back_late
from ppob.kit import clock
from ppob.kit.errors import NotFound
from ppob.kit.scope import no_tenant_scope
from tests.conftest import NOON
from tests.factories import make_customer, make_order, make_policy, make_product
from tests.inventory.suppliers import (
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)
from tests.payments.acts import balance_of, open_transfer, pending, tell
from tests.payments.racing import at_once

pytestmark = pytest.mark.usefixtures("right_books")

PRICE = 11_000


class Time:
    now = NOON


@pytest.fixture
def time(monkeypatch):
    moment = Time()
    monkeypatch.setattr(clock, "now", lambda: moment.now)
    return moment


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def product(in_arcadia, time, supplier):
    product = make_topup(price=PRICE)
    map_product(product, make_account(deposit=50_000, deposit_at=NOON))
    make_policy(undo_secs=30)
    return product


def pay(order, jobs, *, now=NOON):
    tell(pending(order, method=open_transfer(), now=now), now=now)
    jobs.run()
    order.refresh_from_db()
    return order


@pytest.fixture
def paid(product, jobs):
    return pay(make_order(product, destination=SUCCEEDS), jobs)


def sweep(time, jobs, secs):
    time.now = NOON + timedelta(seconds=secs)
    with no_tenant_scope():
        sweep_purchases()
    jobs.run()


def take_back(order, *, secs, customer=None):
    return undo.take_back(
        customer=customer or order.customer,
        order_id=order.pk,
        now=NOON + timedelta(seconds=secs),
    )


def test_nobody_is_asked_before_the_time_is_over(paid, supplier, time, jobs):
    assert paid.status == OrderStatus.DELIVERING

    sweep(time, jobs, 29)
    assert supplier.asked == []

    sweep(time, jobs, 30)
    paid.refresh_from_db()
    assert len(supplier.asked) == 1
    assert paid.status == OrderStatus.DELIVERED


def test_after_29_seconds_no_supplier_is_called_and_the_money_is_back(
    paid, supplier, time, jobs
):
    order = take_back(paid, secs=29)
    sweep(time, jobs, 31)
    sweep(time, jobs, 3600)

    assert supplier.asked == []
    assert order.status == OrderStatus.REFUNDED
    assert balance_of(order.customer) == PRICE
    assert PurchaseAttempt.objects.get().fenced_at == NOON + timedelta(seconds=29)


def test_after_31_seconds_it_is_refused_and_nothing_changes(paid, supplier, time, jobs):
    supplier.answers = [FactState.PENDING]
    sweep(time, jobs, 30)

    with pytest.raises(TooLateToUndo, match="already has this order"):
        take_back(paid, secs=31)

    paid.refresh_from_db()
    assert len(supplier.asked) == 1
    assert paid.status == OrderStatus.DELIVERING
    assert balance_of(paid.customer) == 0
    assert not Refund.objects.exists()


def test_what_was_delivered_is_not_taken_back(paid, time, jobs):
    sweep(time, jobs, 30)

    with pytest.raises(TooLateToUndo):
        take_back(paid, secs=32)


def test_taking_back_twice_is_once(paid):
    take_back(paid, secs=1)
    take_back(paid, secs=2)

    assert Refund.objects.count() == 1
    assert balance_of(paid.customer) == PRICE


def test_many_presses_at_once_are_one(paid):
    at_once([partial(take_back, paid, secs=1)] * 4)

    assert Refund.objects.count() == 1
    assert balance_of(paid.customer) == PRICE


def test_before_the_delivery_began_it_is_taken_back_as_well(product, supplier, jobs):
    order = make_order(product, destination=SUCCEEDS)
    tell(pending(order, method=open_transfer()))

    take_back(order, secs=0)
    jobs.run()

    assert supplier.asked == []
    assert not PurchaseAttempt.objects.exists()
    assert balance_of(order.customer) == PRICE


def test_nobody_takes_back_what_another_one_paid(paid):
    with pytest.raises(NotFound):
        take_back(paid, secs=1, customer=make_customer())

    assert paid.status == OrderStatus.DELIVERING


def test_codes_are_not_taken_back(in_arcadia):
    order = make_order(make_product(price=PRICE, codes=1))
    tell(pending(order, method=open_transfer()))

    with pytest.raises(NotFound):
        take_back(order, secs=0)


def test_an_unpaid_order_is_cancelled_and_not_taken_back(product):
    with pytest.raises(TooLateToUndo):
        take_back(make_order(product, destination=SUCCEEDS), secs=0)


def test_zero_seconds_send_it_at_once(product, supplier, jobs):
    make_policy(undo_secs=0)

    order = pay(make_order(product, destination=SUCCEEDS), jobs)

    assert order.status == OrderStatus.DELIVERED


def remember(order):
    saved_destinations.remember(
        customer=order.customer,
        category_id=None,
        destination=SUCCEEDS,
        name="",
        now=NOON,
    )


def test_an_account_that_worked_before_is_not_kept_waiting(
    product, supplier, time, jobs
):
    buyer = make_customer()
    first = make_order(product, destination=SUCCEEDS, customer=buyer)
    remember(first)
    pay(first, jobs)
    sweep(time, jobs, 30)
    assert SavedDestination.objects.get().worked_at == NOON + timedelta(seconds=30)

    now = NOON + timedelta(minutes=5)
    second = make_order(product, destination=SUCCEEDS, customer=buyer, now=now)
    time.now = now
    pay(second, jobs, now=now)

    assert second.status == OrderStatus.DELIVERED
    assert len(supplier.asked) == 2


def test_an_account_that_was_only_tried_is_kept_waiting(product, supplier, jobs):
    buyer = make_customer()
    first = make_order(product, destination=SUCCEEDS, customer=buyer)
    remember(first)
    take_back(pay(first, jobs), secs=1)

    second = pay(make_order(product, destination=SUCCEEDS, customer=buyer), jobs)

    assert second.status == OrderStatus.DELIVERING
    assert supplier.asked == []


def test_another_buyers_account_is_not_trusted(product, supplier, time, jobs):
    first = make_order(product, destination=SUCCEEDS)
    remember(first)
    pay(first, jobs)
    sweep(time, jobs, 30)

    other = pay(make_order(product, destination=SUCCEEDS), jobs, now=time.now)

    assert other.status == OrderStatus.DELIVERING


# --- Late, and nobody has it ----------------------------------------------------------


def give_back(time, jobs, secs):
    sweep(time, jobs, secs)
    with no_tenant_scope():
        give_back_late()
    jobs.run()


@pytest.fixture
def stuck(product, jobs, time):
    """Paid, and no supplier can be asked."""
    make_policy(undo_secs=0)
    order = make_order(product, destination=SUCCEEDS)
    SupplierProduct.objects.update(is_available=False)
    return pay(order, jobs)


def test_after_twice_the_promise_the_money_is_back(stuck, time, jobs, supplier):
    give_back(time, jobs, 599)
    stuck.refresh_from_db()
    assert stuck.status == OrderStatus.DELIVERING
    assert Purchase.objects.get().late_at == NOON + timedelta(seconds=599)

    give_back(time, jobs, 600)
    stuck.refresh_from_db()
    assert stuck.status == OrderStatus.REFUNDED
    assert balance_of(stuck.customer) == PRICE
    assert supplier.asked == []


def test_a_store_may_rather_decide_itself(stuck, time, jobs):
    make_policy(late_refund=False)

    give_back(time, jobs, 600)
    give_back(time, jobs, 601)

    stuck.refresh_from_db()
    assert stuck.status == OrderStatus.DELIVERING


def test_stores_that_decide_themselves_keep_nobody_waiting(stuck, borealis, jobs):
    """Theirs stay late for ever, and a sweep looks at the oldest only."""
    make_policy(late_refund=False)
    late = NOON + timedelta(hours=1)
    Purchase.objects.update(late_at=late)
    with no_tenant_scope():
        due = inventory.unsent_purchases(
            now=late, but_of=cross_tenant.stores_without_late_refund(), limit=1
        )
        assert due == []
        nobody = cross_tenant.stores_without_late_refund().none()
        assert len(inventory.unsent_purchases(now=late, but_of=nobody)) == 1


def test_the_buyer_takes_a_late_one_back_before(stuck, time, jobs):
    sweep(time, jobs, 301)

    assert take_back(stuck, secs=301).status == OrderStatus.REFUNDED


def test_what_a_supplier_may_have_is_never_given_back_for_being_late(
    paid, supplier, time, jobs
):
    supplier.answers = [OutcomeUnknown("time-out")] * 99
    sweep(time, jobs, 30)

    for secs in (400, 700, 1500):
        give_back(time, jobs, secs)

    paid.refresh_from_db()
    assert paid.status == OrderStatus.DELIVERING
    assert balance_of(paid.customer) == 0


def test_what_is_sent_while_it_is_given_back_stays(stuck, time, jobs, supplier):
    SupplierProduct.objects.update(is_available=True)
    sweep(time, jobs, 599)

    assert not undo.give_back_late(
        purchase_id=Purchase.objects.get().pk, now=NOON + timedelta(seconds=600)
    )
    stuck.refresh_from_db()
    assert stuck.status == OrderStatus.DELIVERED
