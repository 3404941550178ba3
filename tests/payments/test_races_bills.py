"""One bill, and many who press or work at the same moment."""

from datetime import timedelta
from functools import partial

import pytest

from inventory.models import BillInquiry, DepositHold, PurchaseAttempt
from inventory.services import bill_renewals
from payments.models import Order
from payments.services.orders import checkout
from payments.services.orders.quote import BillNotPayable, Item
from tests.inventory.billing import (
    DIGIFLAZZ,
    LAST_MINUTES,
    NEXT_DAY,
    BillShop,
)
from tests.payments.racing import at_once

PRESSES = 10


@pytest.fixture
def shop(monkeypatch, jobs, in_arcadia):
    return BillShop(monkeypatch, jobs, DIGIFLAZZ)


def test_ten_presses_at_once_use_an_answer_once(shop):
    inquiry = shop.ask()
    presses = [
        partial(
            checkout.place_order,
            customer=shop.customer,
            items=[Item(shop.product.pk, inquiry_id=inquiry.pk)],
            request_key=f"press:{number}",
            now=shop.now,
        )
        for number in range(PRESSES)
    ]

    results = at_once(presses)

    [order] = Order.objects.all()
    assert results.count(order) == 1
    refused = [each for each in results if isinstance(each, BillNotPayable)]
    assert len(refused) == PRESSES - 1
    assert DepositHold.objects.count() == 1
    inquiry.refresh_from_db()
    assert inquiry.holder == order.lines.get().public_id


def test_one_press_that_is_heard_ten_times_is_one_order(shop):
    inquiry = shop.ask()
    press = partial(
        checkout.place_order,
        customer=shop.customer,
        items=[Item(shop.product.pk, inquiry_id=inquiry.pk)],
        request_key="press:1",
        now=shop.now,
    )

    results = at_once([press] * PRESSES)

    [order] = Order.objects.all()
    assert results == [order] * PRESSES


def test_workers_who_ask_anew_at_once_ask_once(shop):
    shop.now = LAST_MINUTES - timedelta(hours=1)
    inquiry = shop.use(shop.ask())
    shop.now = LAST_MINUTES
    purchase = shop.submit(inquiry, starts_at=NEXT_DAY)
    PurchaseAttempt.objects.update(status="failed", fenced_at=shop.now, due_at=None)
    shop.now = NEXT_DAY
    work = partial(bill_renewals.ask_again, purchase_id=purchase.pk, now=shop.now)

    results = at_once([work] * 4)

    assert results == [None] * 4
    statuses = BillInquiry.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["over", "used"]
    assert PurchaseAttempt.objects.filter(status="queued").count() == 1
