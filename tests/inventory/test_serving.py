"""Whether a top-up can be sold now: every reason why not, and until when."""

from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from catalog.destinations import BadDestination
from inventory.models import DepositHold
from inventory.services import serving
from inventory.services.serving import Serving
from inventory.states import Obstacle
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from ppob.kit.db import unit_of_work
from tests.conftest import NOON
from tests.factories import CategoryFactory
from tests.inventory.suppliers import SUCCEEDS, make_account, make_topup, map_product

PRICE, COST = 11_000, 10_000
JAKARTA = ZoneInfo("Asia/Jakarta")
ONE_O_CLOCK = datetime(2026, 3, 14, 13, 0, tzinfo=JAKARTA)
SERVED = Serving()


@pytest.fixture
def product(in_arcadia):
    return make_topup(price=PRICE)


def judged(product, *, now=NOON):
    return serving.serving_of([product], now=now)[product.pk]


def reserve(product, destination=SUCCEEDS):
    with unit_of_work("tests.reserve"):
        return serving.reserve_best(
            product,
            destination=destination,
            ceiling=product.price,
            holder=uuid4(),
            now=NOON,
        )


CASES = [
    ({}, {}, SERVED),
    ({"cost": PRICE}, {}, SERVED),
    ({"cost": PRICE + 1}, {}, Serving(Obstacle.TOO_DEAR)),
    ({"is_available": False}, {}, Serving(Obstacle.UNAVAILABLE)),
    ({}, {"is_active": False}, Serving(Obstacle.NO_SUPPLIER)),
    ({}, {"deposit": COST, "deposit_at": NOON}, SERVED),
    (
        {},
        {"deposit": COST - 1, "deposit_at": NOON},
        Serving(Obstacle.NO_DEPOSIT),
    ),
    (
        {},
        {"deposit": 2 * COST, "deposit_at": NOON, "reserved": COST + 1},
        Serving(Obstacle.NO_DEPOSIT),
    ),
    (
        {"closed_from": time(11, 0), "closed_until": time(13, 0)},
        {},
        Serving(Obstacle.CLOSED, ONE_O_CLOCK),
    ),
    ({"closed_from": time(12, 0, 1), "closed_until": time(13, 0)}, {}, SERVED),
    ({"closed_from": time(11, 0), "closed_until": time(12, 0)}, {}, SERVED),
    (
        {"closed_from": time(12, 0), "closed_until": time(5, 0)},
        {},
        Serving(
            Obstacle.CLOSED, datetime(2026, 3, 15, 5, 0, tzinfo=JAKARTA)
        ),  # tomorrow
    ),
    ({"closed_from": time(12, 0), "closed_until": time(12, 0)}, {}, SERVED),
]


@pytest.mark.parametrize(("line", "account", "expected"), CASES)
def test_what_stands_in_the_way(product, line, account, expected):
    map_product(product, make_account(**account), **{"cost": COST, **line})

    assert judged(product) == expected
    assert judged(product).is_possible is (expected == SERVED)


def test_a_product_that_nobody_sells_has_no_supplier(product):
    make_account()

    assert judged(product) == Serving(Obstacle.NO_SUPPLIER)


def test_one_supplier_that_can_is_enough(product):
    map_product(product, make_account(), is_available=False)
    map_product(product, make_account(TOKO_DEWI), cost=COST)

    assert judged(product) == SERVED


def test_of_several_reasons_the_nearest_to_working_is_told(product):
    map_product(product, make_account(), is_available=False)
    map_product(
        product,
        make_account(TOKO_DEWI),
        cost=COST,
        closed_from=time(11, 0),
        closed_until=time(13, 0),
    )

    assert judged(product) == Serving(Obstacle.CLOSED, ONE_O_CLOCK)


def test_it_opens_when_the_first_supplier_opens(product):
    for buyer, until in ((None, time(14, 0)), (TOKO_DEWI, time(13, 0))):
        account = make_account(buyer) if buyer else make_account()
        map_product(
            product, account, closed_from=time(11, 0), closed_until=until, cost=COST
        )

    assert judged(product) == Serving(Obstacle.CLOSED, ONE_O_CLOCK)


def test_a_hundred_products_take_as_many_queries_as_one(
    product, django_assert_num_queries
):
    account = make_account()
    products = [make_topup(price=PRICE) for _ in range(5)]
    for number, each in enumerate(products):
        map_product(each, account, sku=f"S{number}")

    with django_assert_num_queries(2):
        found = serving.serving_of(products, now=NOON)

    assert set(found.values()) == {SERVED}


def test_no_products_take_no_query(in_arcadia, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert serving.serving_of([], now=NOON) == {}


def test_the_first_supplier_that_has_enough_keeps_the_money(product):
    poor = make_account(deposit=COST - 1, deposit_at=NOON)
    rich = make_account(TOKO_DEWI, position=1, deposit=COST, deposit_at=NOON)
    map_product(product, poor, cost=COST)
    map_product(product, rich, cost=COST)

    assert reserve(product) == SERVED
    assert DepositHold.objects.get().account == rich
    assert reserve(product) == Serving(Obstacle.NO_DEPOSIT)
    assert DepositHold.objects.count() == 1


def test_what_cannot_be_served_sets_nothing_aside(product):
    map_product(product, make_account(), cost=PRICE + 1)

    assert reserve(product) == Serving(Obstacle.TOO_DEAR)
    assert not DepositHold.objects.exists()


def test_an_account_that_no_supplier_could_be_told_is_refused(in_arcadia):
    game = CategoryFactory(
        code="ML",
        destination_fields=[{"name": "user_id", "label": "ID", "pattern": "[0-9]+"}],
    )
    product = make_topup(price=PRICE, category=game)
    map_product(product, make_account(), destination_format="{user_id}|{zone_id}")

    with pytest.raises(BadDestination):
        reserve(product, "123456789")
    assert not DepositHold.objects.exists()


def test_a_cut_off_follows_jakarta(product):
    map_product(
        product, make_account(), closed_from=time(23, 45), closed_until=time(0, 15)
    )
    midnight = datetime(2026, 3, 14, 17, 0, tzinfo=NOON.tzinfo)

    assert judged(product, now=midnight).obstacle == Obstacle.CLOSED
    assert judged(product, now=midnight + timedelta(minutes=15)) == SERVED
