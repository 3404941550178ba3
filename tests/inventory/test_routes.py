"""What would happen now, which goods seem to be which product, what diverting cost."""

from datetime import timedelta

import pytest

from catalog.games import find_game
from inventory import figures
from inventory.figures import Diverted, Success
from inventory.models import DepositHold, SupplierProduct
from inventory.services import matching
from inventory.services.serving import routes_of
from inventory.states import Obstacle
from inventory.suppliers.base import FactState, OutcomeUnknown
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from tests.conftest import NOON
from tests.factories import CategoryFactory
from tests.inventory.suppliers import (
    Scripted,
    attempt_of,
    make_account,
    make_topup,
    map_product,
    send,
    served_by,
    submit,
)

DAY_AGO = NOON - timedelta(days=1)


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def product(in_arcadia):
    return make_topup(price=11_000)


def told(product):
    return [
        (route.option.sku, route.serving.obstacle, route.is_next)
        for route in routes_of(product, now=NOON)
    ]


def test_the_dry_run_names_who_would_be_used_and_why_the_others_not(product):
    map_product(product, make_account(), sku="dear", cost=11_001)
    second = make_account(TOKO_DEWI, position=1)
    map_product(product, second, sku="good", cost=10_000)

    assert told(product) == [
        ("dear", Obstacle.TOO_DEAR, False),
        ("good", None, True),
    ]
    assert not DepositHold.objects.exists()


def test_a_supplier_that_stands_by_is_not_the_next(product):
    map_product(product, make_account(), sku="a", cost=10_500)
    map_product(product, make_account(TOKO_DEWI, position=1), sku="b", cost=9_000)

    assert told(product) == [("a", None, True), ("b", None, False)]


def test_an_account_that_is_off_serves_nothing(product):
    map_product(product, make_account(is_active=False), sku="a")

    assert told(product) == [("a", Obstacle.NO_SUPPLIER, False)]


# --- Matching -------------------------------------------------------------------------


@pytest.fixture
def game(in_arcadia):
    fields = [dict(each) for each in find_game("ML").destination_fields]
    return CategoryFactory(code="ML", name="Mobile Legends", destination_fields=fields)


def line(name, *, brand="MOBILE LEGENDS", sku="x"):
    return map_product(
        None, make_account(), name=name, brand=brand, category="Games", sku=sku
    )


@pytest.mark.parametrize(
    ("name", "brand", "is_same"),
    [
        ("86 Diamonds", "MOBILE LEGENDS", True),
        ("MLBB 86 Diamond", "Mobile Legends B", True),
        ("88 Diamonds", "MOBILE LEGENDS", False),
        ("86 Diamonds", "FREE FIRE", False),
        ("86 + 8 Diamonds", "MOBILE LEGENDS", False),
        ("Weekly Pass", "MOBILE LEGENDS", False),
        ("86 Diamonds", "", False),
    ],
)
def test_the_same_game_and_amount_are_proposed_and_nothing_else(
    game, name, brand, is_same
):
    product = make_topup(name="Mobile Legends 86 Diamonds", category=game)
    option = line(name, brand=brand)

    proposed = matching.propose([option], [product])

    assert proposed == ({option.pk: product} if is_same else {})


def test_two_products_of_one_amount_are_for_a_person(game):
    products = [make_topup(name="86 Diamonds", category=game) for _ in range(2)]

    assert matching.propose([line("86 Diamonds")], products) == {}


def test_thousands_are_read_with_their_dots(game):
    product = make_topup(name="1.050 Diamonds", category=game)
    option = line("1050 Diamonds")

    assert matching.propose([option], [product]) == {option.pk: product}


# --- How it went ----------------------------------------------------------------------


def test_rates_are_counted_by_account(product, supplier):
    account = make_account()
    map_product(product, account)
    for answer in (
        FactState.SUCCEEDED,
        FactState.SUCCEEDED,
        FactState.NOT_FORMED,
        OutcomeUnknown("slow"),
    ):
        supplier.answers = [answer]
        send(submit(product))

    [rate] = figures.success_of_accounts(since=DAY_AGO).values()

    assert rate == Success(succeeded=2, failed=1, unknown=1)
    assert rate.percent == 67
    assert figures.success_of_accounts(since=NOON + timedelta(seconds=1)) == {}


def test_what_was_sent_on_is_counted_with_what_it_cost_more(product, supplier):
    map_product(product, make_account(), cost=9_700)
    second = make_account(TOKO_DEWI, position=1)
    map_product(product, second, cost=10_000)
    supplier.answers = [FactState.NOT_FORMED]
    purchase = submit(product)
    send(purchase)
    send(purchase)
    send(submit(product))

    assert attempt_of(purchase).account == second
    assert figures.diverted(since=DAY_AGO) == Diverted(count=1, extra=300)
    assert SupplierProduct.objects.count() == 2
