"""A process that dies anywhere on a bill's way: paid once, or given back."""

from datetime import timedelta

import pytest

from inventory.models import BillInquiry
from tests.inventory.billing import (
    DOORS,
    LAST_MINUTES,
    NEXT_DAY,
    BillShop,
)
from tests.inventory.shop import Deaths, Killed

HOUR = timedelta(hours=1)


@pytest.fixture(params=DOORS, ids=lambda door: door.code)
def shop(request, monkeypatch, jobs, in_arcadia):
    return BillShop(monkeypatch, jobs, request.param)


def _paid_late(shop):
    """Ordered in the evening, paid for at midnight, and worked on the next day."""
    shop.now = LAST_MINUTES - HOUR
    inquiry = shop.use(shop.ask())
    shop.now = LAST_MINUTES
    purchase = shop.submit(inquiry, starts_at=NEXT_DAY - timedelta(minutes=1))
    shop.now = NEXT_DAY
    return purchase


def _places(shop, purchase):
    """How many places a process can die at on this way."""
    with Deaths() as passed:
        shop.settle(purchase, secs=120)
    assert shop.state(purchase)[0] == "succeeded"
    return passed.passed


def test_dying_anywhere_pays_once(shop):
    names = _places(shop, _paid_late(shop))

    assert {
        "inventory.claim_renewal:after_commit",
        "inventory.renew_bill:before_commit",
        f"{shop.door.code}:after_call",
    } <= set(names)


@pytest.mark.parametrize("place", range(40))
def test_whoever_dies_there_loses_nothing(shop, place):
    purchase = _paid_late(shop)

    died = True
    with Deaths(at=place):
        try:
            shop.settle(purchase, secs=120)
            died = False
        except Killed:
            pass
    shop.settle(purchase, secs=15 * 60)

    status, _attempts = shop.state(purchase)
    paid = shop.charged()
    fresh = BillInquiry.objects.get(status="used")
    if status == "succeeded":
        assert paid == {fresh.ref_id: 1}
    else:
        # Somebody died before the payment left. One supplier says that it never got it,
        # so it is given back; of the other one nobody knows, and a person looks.
        assert (died, status) in {(True, "failed"), (True, "open")}
        assert paid == {}
