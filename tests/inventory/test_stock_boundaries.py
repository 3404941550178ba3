"""Exactly at the level, the deadline, the ceiling: which side counts."""

from datetime import UTC, datetime, time, timedelta

import pytest

from catalog.models import Product
from inventory import cross_tenant, locks, selectors
from inventory.models import StockItem, SupplierProduct
from inventory.services import (
    holds,
    purchase_resolution,
    purchase_routes,
    purchases,
    serving,
)
from inventory.states import Obstacle
from inventory.suppliers.base import FactState, OutcomeUnknown
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from ppob.kit.db import unit_of_work
from tests.conftest import NOON
from tests.factories import make_member, make_product
from tests.inventory.suppliers import (
    attempt_of,
    hear,
    make_account,
    map_product,
    send,
    state_of,
    submit,
)
from tests.inventory.test_stock import hold, release, sell

INSTANT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


# --- Codes ----------------------------------------------------------------------------


def test_a_hold_is_released_at_the_end_of_its_grace_and_not_before(in_arcadia):
    held = hold(make_product(codes=1), expires_at=NOON)
    end = NOON + holds.GRACE

    assert cross_tenant.due_holds(before=NOON - INSTANT) == []
    assert cross_tenant.due_holds(before=NOON) == [(held.tenant_id, held.pk)]
    assert not holds.release_expired(hold_id=held.pk, now=end - INSTANT)
    assert holds.release_expired(hold_id=held.pk, now=end)


def test_what_is_sold_is_not_sold_again_by_its_old_hold(in_arcadia):
    held = hold(make_product(codes=2), 2)
    sell(held)

    with unit_of_work("tests.sell"):
        again = locks.sell_held_items(
            tenant=held.tenant_id,
            product=held.product_id,
            holder=held.holder,
            actor="test",
            now=NOON,
        )

    assert again == []


def test_a_sold_code_does_not_come_back_with_what_was_held_beside_it(in_arcadia):
    product = make_product(codes=2)
    held = hold(product, 2)
    sold = StockItem.objects.filter(holder=held.holder).first()
    StockItem.objects.filter(pk=sold.pk).update(status="sold")

    release(held)

    sold.refresh_from_db()
    assert (sold.status, sold.holder) == ("sold", held.holder)
    assert selectors.available([product.pk]) == {product.pk: 1}


def test_codes_that_are_sold_or_held_do_not_make_a_product_well_stocked(in_arcadia):
    product = make_product(codes=4, minimum_stock=2)
    assert selectors.is_well_stocked(product)

    sell(hold(product))
    assert selectors.is_well_stocked(product)
    hold(product)

    assert not selectors.is_well_stocked(product)


# --- Routes ---------------------------------------------------------------------------


def serving_at(product, price):
    """Why the product cannot be sold for this price; None if it can."""
    Product.objects.filter(pk=product.pk).update(price=price)
    product.refresh_from_db()
    return serving.serving_of([product], now=NOON)[product.pk].obstacle


def test_a_route_may_cost_exactly_the_ceiling(product, account):
    SupplierProduct.objects.update(cost=11_000)

    assert [serving_at(product, price) for price in (11_000, 10_999)] == [
        None,
        Obstacle.TOO_DEAR,
    ]
    assert attempt_of(submit(product, ceiling=11_000)).account == account
    assert not submit(product, ceiling=10_999).attempts.exists()


@pytest.mark.parametrize(
    ("window", "moment", "is_closed"),
    [
        ((time(11), time(13)), time(10, 59, 59), False),
        ((time(11), time(13)), time(11), True),
        ((time(11), time(13)), time(12, 59, 59), True),
        ((time(11), time(13)), time(13), False),
        ((time(23), time(1)), time(22, 59, 59), False),
        ((time(23), time(1)), time(23), True),
        ((time(23), time(1)), time(0, 59, 59), True),
        ((time(23), time(1)), time(1), False),
        ((time(11), time(11)), time(11), False),
    ],
)
def test_a_window_begins_with_its_first_second_and_ends_before_its_last(
    window, moment, is_closed
):
    option = SupplierProduct(closed_from=window[0], closed_until=window[1])
    in_jakarta = datetime.combine(NOON.date(), moment, UTC) - timedelta(hours=7)

    assert purchase_routes.is_closed(option, now=in_jakarta) is is_closed


def test_a_real_purchase_never_goes_on_at_a_pretending_account(
    product, account, supplier
):
    real = make_account(TOKO_DEWI, is_test=False, position=9)
    map_product(product, real)
    purchase = submit(product)
    assert attempt_of(purchase).account == real
    supplier.answers = [FactState.NOT_FORMED]

    assert send(purchase) == ("failed", "failed")

    assert purchase.attempts.count() == 1
    assert len(supplier.asked) == 1


# --- Calls and decisions --------------------------------------------------------------


def test_nobody_asks_while_another_call_is_under_way(product, supplier):
    purchase = submit(product)
    supplier.answers = [lambda request: 1 / 0]
    with pytest.raises(ZeroDivisionError):
        send(purchase)
    attempt, until = attempt_of(purchase), NOON + purchases.CALL_LEASE

    purchases.ask_now(attempt_id=attempt.pk, now=until - INSTANT)
    assert len(supplier.asked) == 1
    purchases.ask_now(attempt_id=attempt.pk, now=until)

    assert len(supplier.asked) == 2
    assert state_of(purchase) == ("succeeded", "succeeded")


def test_a_failure_is_confirmed_after_a_minute_and_not_before(product, supplier):
    purchase = submit(product)
    supplier.answers = [FactState.FAILED]
    send(purchase)

    early = hear(purchase, FactState.FAILED, now=NOON + MINUTE - INSTANT)
    assert early == ("open", "unknown")
    late = hear(purchase, FactState.FAILED, now=NOON + MINUTE)

    assert late == ("failed", "failed")


def test_what_is_with_its_owner_goes_to_no_other_supplier(product, supplier, second):
    purchase = submit(product)
    supplier.answers = [OutcomeUnknown("time-out")]
    send(purchase)
    later = NOON + 30 * MINUTE
    purchases.hand_to_owner(purchase_id=purchase.pk, now=later)

    hear(purchase, FactState.NOT_FORMED, now=later)
    ended = hear(purchase, FactState.NOT_FORMED, now=later + MINUTE)

    assert ended == ("failed", "failed")
    assert purchase.attempts.count() == 1


def test_what_waits_to_be_sent_cannot_be_marked_as_bought(product, supplier):
    purchase, later = submit(product), NOON + 30 * MINUTE
    purchases.hand_to_owner(purchase_id=purchase.pk, now=later)
    assert state_of(purchase) == ("needs_owner", "queued")

    with pytest.raises(purchases.OutcomeUnclear):
        purchase_resolution.mark_succeeded(
            actor=make_member(),
            purchase=purchase,
            serial_number="1",
            reason="looked",
            now=later,
        )

    assert state_of(purchase) == ("needs_owner", "queued")
