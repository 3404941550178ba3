"""Ordering a top-up: how many, where to, and whether anybody can deliver it."""

from datetime import time, timedelta

import pytest

from inventory.models import (
    SupplierAccount,
    SupplierProduct,
)
from payments.models import Order
from payments.services.orders.quote import NotForSale
from ppob.kit import clock
from ppob.kit.errors import InvalidInput
from tests.conftest import NOON
from tests.factories import make_order
from tests.inventory.suppliers import (
    SUCCEEDS,
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)
from tests.payments.acts import (
    open_transfer,
    pending,
    tell,
)

pytestmark = pytest.mark.usefixtures("right_books")


PRICE = 11_000


MINUTE = timedelta(minutes=1)


class Time:
    """What every job takes for the present."""

    now = NOON


@pytest.fixture
def present(monkeypatch):
    moment = Time()
    monkeypatch.setattr(clock, "now", lambda: moment.now)
    return moment


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def product(in_arcadia, present):
    product = make_topup(name="Xl 10.000", price=PRICE)
    map_product(product, make_account())
    return product


def pay(order, *, now=NOON):
    tell(pending(order, method=open_transfer(), now=now), now=now)
    return fresh(order)


def fresh(row):
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("quantity", [2, 20])
def test_top_ups_are_ordered_one_at_a_time(product, supplier, quantity):
    with pytest.raises(InvalidInput) as refusal:
        make_order(product, destination=SUCCEEDS, quantity=quantity)

    assert refusal.value.field == "quantity"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "destination",
    [
        "",
        "  ",
        "08",
        " 0 ",
        "0" * 121,
        "0878\N{ZERO WIDTH SPACE}00001230",
        "0878\x0000001230",
        "087800001230\N{RIGHT-TO-LEFT OVERRIDE}",
        "тест1230",
    ],
)
def test_a_destination_that_nobody_can_reach_is_refused(product, supplier, destination):
    with pytest.raises(InvalidInput) as refusal:
        make_order(product, destination=destination)

    assert refusal.value.field == "destination"
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("123", "123"), ("0" * 120, "0" * 120), ("  12345   (2001) ", "12345 (2001)")],
)
def test_a_destination_is_kept_as_it_will_be_sent(product, supplier, jobs, typed, kept):
    order = pay(make_order(product, destination=typed))

    jobs.run()

    assert order.lines.get().destination == kept
    assert [request.destination for request in supplier.asked] == [kept]


def test_a_code_has_no_destination(in_arcadia):
    with pytest.raises(InvalidInput) as refusal:
        make_order(destination=SUCCEEDS)

    assert refusal.value.field == "destination"


@pytest.mark.parametrize(
    "change",
    [
        {"cost": PRICE + 1},
        {"is_available": False},
        {"product": None},
        {"closed_from": time(11, 0), "closed_until": time(13, 0)},  # noon in Jakarta
    ],
)
def test_what_no_supplier_can_deliver_is_not_sold(product, supplier, change):
    SupplierProduct.objects.update(**change)

    with pytest.raises(NotForSale):
        make_order(product, destination=SUCCEEDS)

    assert not Order.objects.exists()


def test_an_account_that_is_off_sells_nothing(product, supplier):
    SupplierAccount.objects.update(is_active=False)

    with pytest.raises(NotForSale):
        make_order(product, destination=SUCCEEDS)
