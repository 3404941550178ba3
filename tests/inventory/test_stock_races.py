"""Stock that several people touch at the same moment."""

import threading
from datetime import timedelta
from functools import partial
from uuid import uuid4

from django.db import connection, transaction

from inventory import locks, selectors
from inventory.models import Hold, StockAlert, StockItem
from inventory.services import alerts, holds, stock
from inventory.states import HoldStatus
from tests.conftest import NOON
from tests.factories import add_codes, make_product
from tests.payments.racing import at_once, meeting, outcomes, without_constraint

OVERDUE = NOON + timedelta(hours=1)
YEAR = timedelta(days=365)


def hold(product):
    holder = uuid4()
    with transaction.atomic():
        stock.hold_items(
            product=product,
            quantity=1,
            holder=holder,
            expires_at=NOON,
            actor="test",
            now=NOON,
        )
    return Hold.objects.get(holder=holder)


def test_a_hold_is_extended_or_released_and_never_both(in_arcadia, monkeypatch):
    """Money comes for an overdue hold after the sweeper saw it and before it locks."""
    product = make_product(codes=1)
    held = hold(product)
    seen, extended = threading.Event(), threading.Event()
    release = stock.release_holds

    def extend():
        seen.wait(5)
        with transaction.atomic():
            kept = stock.extend_holds([held.holder], expires_at=OVERDUE + YEAR)
        extended.set()
        return kept

    def release_after_that(*arguments, **options):
        seen.set()
        extended.wait(1)  # it cannot come while the hold is locked
        return release(*arguments, **options)

    monkeypatch.setattr(stock, "release_holds", release_after_that)

    released, kept = at_once(
        [partial(holds.release_expired, hold_id=held.pk, now=OVERDUE), extend]
    )

    held.refresh_from_db()
    assert (released, kept) in [(True, 0), (False, 1)]
    assert (held.status == HoldStatus.ACTIVE) == bool(kept)


def test_a_code_that_is_being_taken_is_not_waited_for(in_arcadia):
    product = make_product(codes=2)
    taken, done = threading.Event(), threading.Event()

    def take_and_linger():
        with transaction.atomic():
            hold(product)
            taken.set()
            return done.wait(10)

    def take_another():
        assert taken.wait(10)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                return hold(product)
        finally:
            done.set()

    was_there, held = at_once([take_and_linger, take_another])

    assert was_there
    assert held.status == HoldStatus.ACTIVE
    assert StockItem.objects.filter(status="held").count() == 2


def test_a_hold_is_released_once(in_arcadia):
    product = make_product(codes=1)
    held = hold(product)

    results = at_once(
        [partial(holds.release_expired, hold_id=held.pk, now=OVERDUE)] * 6
    )

    assert results.count(True) == 1
    assert selectors.moved(product.pk) == {"available": 1, "on_hand": 1}


def test_a_hold_is_sold_or_released(in_arcadia):
    product = make_product(codes=1)
    held = hold(product)
    line = stock.SoldLine(held.tenant_id, product.pk, held.holder, 1)

    def sell():
        with transaction.atomic():
            return stock.sell_held_items(line, actor="test", now=NOON)

    results = at_once(
        [sell, partial(holds.release_expired, hold_id=held.pk, now=OVERDUE)]
    )

    sold = isinstance(results[0], list)
    assert sold != results[1]
    left = 0 if sold else 1
    assert selectors.moved(product.pk) == {"available": left, "on_hand": left}
    assert selectors.on_hand([product.pk]) == {product.pk: left}


def test_the_same_list_uploaded_twice_at_once_is_added_once(in_arcadia):
    product = make_product()
    codes = [f"CODE-{number}" for number in range(200)]
    upload = partial(
        stock.add_items, product=product, codes=codes, actor="test", now=NOON
    )

    results = at_once([upload] * 4)

    assert sum(result.added for result in results) == 200
    assert sum(len(result.duplicates) for result in results) == 600
    assert selectors.moved(product.pk) == {"available": 200, "on_hand": 200}
    assert StockItem.objects.count() == 200


def test_codes_that_are_sold_and_taken_out_at_once_are_one_of_both(in_arcadia):
    product = make_product(codes=6)
    everything = list(StockItem.objects.values_list("public_id", flat=True))
    void = partial(
        stock.void_items,
        product=product,
        item_ids=everything,
        actor="test",
        now=NOON,
    )

    at_once([void, *[partial(hold, product)] * 5])

    held = Hold.objects.count()
    assert selectors.moved(product.pk) == {"available": 0, "on_hand": held}
    assert StockItem.objects.filter(status="void").count() == 6 - held


def test_one_alert_is_raised_however_many_look(in_arcadia):
    product = make_product()
    look = partial(alerts.check_product, product_id=product.pk, now=NOON)

    at_once([look] * 6)

    assert StockAlert.objects.count() == 1


def test_without_the_unique_index_everybody_raises_an_alert(
    in_arcadia, monkeypatch, superuser
):
    """The control."""
    product, meet = make_product(), meeting(6)
    look_for_alert = locks.open_alert

    def look_together(product_id):
        found = look_for_alert(product_id)
        meet()
        return found

    monkeypatch.setattr(locks, "open_alert", look_together)
    look = partial(alerts.check_product, product_id=product.pk, now=NOON)

    with without_constraint(superuser, "inventory_stockalert", "alert_open_once"):
        outcomes([look] * 6)

        assert StockAlert.objects.count() > 1


def test_an_alert_is_resolved_once(in_arcadia):
    product = make_product()
    alerts.check_product(product_id=product.pk, now=NOON)
    add_codes(product, 20)
    look = partial(alerts.check_product, product_id=product.pk, now=NOON)

    at_once([look] * 6)

    assert StockAlert.objects.get().resolved_at == NOON
