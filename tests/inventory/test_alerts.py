"""The seller hears in time that stock runs out, and once."""

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Product
from inventory import selectors
from inventory.events import StockRanLow
from inventory.models import StockAlert, StockItem
from inventory.services import alerts, stock
from inventory.states import AlertLevel, alert_level
from tests import hearing
from tests.conftest import NOON
from tests.factories import add_codes, make_product


@pytest.fixture
def heard():
    """The levels that were announced, in order; "" for refilled."""
    with hearing.heard(StockRanLow, read=lambda event: event.level) as levels:
        yield levels


def check(product):
    return alerts.check_product(product_id=product.pk, now=NOON)


def leave(product, count):
    """Take free codes out until `count` are left."""
    free = StockItem.objects.filter(product=product, status="free").order_by("pk")
    ids = list(free.values_list("public_id", flat=True))[count:]
    stock.void_items(product=product, item_ids=ids, actor="test", now=NOON)


@pytest.mark.parametrize(
    ("available", "minimum", "level"),
    [
        (0, 10, AlertLevel.EMPTY),
        (0, 0, AlertLevel.EMPTY),
        (1, 10, AlertLevel.CRITICAL),
        (5, 10, AlertLevel.CRITICAL),
        (6, 10, AlertLevel.WARNING),
        (10, 10, AlertLevel.WARNING),
        (11, 10, None),
        (1, 1, AlertLevel.WARNING),
        (2, 5, AlertLevel.CRITICAL),
        (3, 5, AlertLevel.WARNING),
        (1, 0, None),
    ],
)
def test_the_level_follows_from_stock_and_minimum(available, minimum, level):
    assert alert_level(available=available, minimum=minimum) == level


def test_an_alert_rises_step_by_step_and_is_resolved_by_refilling(in_arcadia, heard):
    product = make_product(codes=12, minimum_stock=10)

    check(product)
    for left in (10, 8, 5, 0):
        leave(product, left)
        check(product)
        check(product)
    add_codes(product, 20)
    check(product)

    assert heard == ["warning", "critical", "empty", ""]
    alert = StockAlert.objects.get()
    assert alert.resolved_at == NOON
    assert selectors.list_open_alerts() == []


def test_an_alert_that_eases_says_nothing(in_arcadia, heard):
    product = make_product(codes=1, minimum_stock=10)
    check(product)
    add_codes(product, 6)

    check(product)

    assert heard == ["critical"]
    assert StockAlert.objects.get().level == AlertLevel.WARNING


def test_the_next_shortage_is_a_new_alert(in_arcadia, heard):
    product = make_product(minimum_stock=2)
    check(product)
    add_codes(product, 5)
    check(product)
    leave(product, 0)
    check(product)

    assert heard == ["empty", "", "empty"]
    assert StockAlert.objects.count() == 2
    assert StockAlert.objects.filter(resolved_at=None).count() == 1


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"archived_at": NOON}, {"kind": "topup"}]
)
def test_products_that_nobody_can_buy_raise_no_alert(in_arcadia, heard, change):
    product = make_product()
    Product.objects.filter(pk=product.pk).update(**change)

    assert check(product) is None
    assert heard == []


def test_switching_a_product_off_resolves_its_alert(in_arcadia, heard):
    product = make_product()
    check(product)
    Product.objects.filter(pk=product.pk).update(is_active=False)

    check(product)

    assert heard == ["empty", ""]


def test_a_product_has_one_open_alert(in_arcadia):
    product = make_product()
    check(product)

    with (
        pytest.raises(IntegrityError, match="alert_open_once"),
        transaction.atomic(),
    ):
        StockAlert.objects.create(
            product=product,
            level="empty",
            available=0,
            raised_at=NOON,
            changed_at=NOON,
        )


def test_a_change_of_stock_has_a_worker_look(in_arcadia, jobs):
    product = make_product(codes=3)

    assert (
        "inventory.check_alert",
        {"tenant_id": in_arcadia.pk, "product_id": product.pk},
    ) in jobs.waiting
    jobs.run()
    assert StockAlert.objects.get().level == AlertLevel.WARNING
