"""How long top-ups usually take, recomputed from the raw rows, and what is promised."""

from datetime import timedelta
from uuid import uuid4

import pytest

from inventory.events import PurchaseLate
from inventory.models import Purchase
from inventory.services import purchases, usual_times
from tests import hearing
from tests.conftest import NOON
from tests.inventory.suppliers import SUCCEEDS, make_topup, submit

MINUTE = timedelta(minutes=1)


@pytest.fixture
def product(in_arcadia):
    return make_topup()


def bought(
    product, *secs, at=NOON - timedelta(days=1), starts=None, status="succeeded"
):
    for each in secs:
        begins = starts or at
        Purchase.objects.create(
            holder=uuid4(),
            unit_no=1,
            product=product,
            destination=SUCCEEDS,
            ceiling=1,
            status=status,
            created_at=at,
            starts_at=starts,
            promised_at=at,
            due_at=at,
            settled_at=begins + timedelta(seconds=each),
        )


def usual(product):
    return usual_times.usual_times([product.pk], now=NOON).get(product.pk)


def test_it_is_what_the_rows_say(product):
    secs = sorted([10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 300])
    bought(product, *secs)

    found = usual(product)

    place = 0.95 * (len(secs) - 1)
    below = int(place)
    by_hand = secs[below] + (place - below) * (secs[below + 1] - secs[below])
    assert found.half == timedelta(seconds=60)
    assert found.most == timedelta(seconds=by_hand)


def test_the_time_to_think_is_not_counted(product):
    bought(product, *[20] * 5, starts=NOON - timedelta(days=1) + 2 * MINUTE)

    assert usual(product).half == timedelta(seconds=20)


@pytest.mark.parametrize(
    ("secs", "changes"),
    [
        ([20] * 4, {}),
        ([20] * 9, {"status": "failed"}),
        ([20] * 9, {"at": NOON - timedelta(days=8)}),
    ],
)
def test_too_few_failed_or_old_ones_say_nothing(product, secs, changes):
    bought(product, *secs, **changes)

    assert usual(product) is None
    assert usual_times.promise_for(product.pk, now=NOON) == 5 * MINUTE


def test_another_products_times_do_not_count(product):
    bought(make_topup(), *[20] * 9)

    assert usual(product) is None


@pytest.mark.parametrize(
    ("secs", "promise"),
    [(5, MINUTE), (90, timedelta(seconds=90)), (9_999, 30 * MINUTE)],
)
def test_a_promise_is_from_one_minute_to_thirty(product, secs, promise):
    bought(product, *[secs] * 5)

    assert usual_times.promise_for(product.pk, now=NOON) == promise
    assert submit(product).promised_at == NOON + promise


def test_that_it_is_late_is_told_once(product):
    purchase = submit(product)
    late = purchase.promised_at

    with hearing.heard(PurchaseLate, read=lambda event: event.purchase.pk) as told:
        for now in (late - timedelta(seconds=1), late, late + MINUTE):
            purchases.note_late(purchase_id=purchase.pk, now=now)

    assert told == [purchase.pk]
    purchase.refresh_from_db()
    assert purchase.late_at == late


def test_what_is_settled_is_not_late(product):
    purchase = submit(product)
    purchases.give_up(purchase_id=purchase.pk, actor="t", reason="t", now=NOON)

    purchases.note_late(purchase_id=purchase.pk, now=NOON + timedelta(days=1))

    purchase.refresh_from_db()
    assert purchase.late_at is None
