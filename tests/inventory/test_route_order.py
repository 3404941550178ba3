"""Which way to deliver a product is tried first, and how orders are divided."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from inventory.figures import Success, figures_of_routes
from inventory.models import SupplierProduct
from inventory.services import purchase_routes, serving, supplier_products
from inventory.services.supplier_products import RouteDraft
from inventory.states import Obstacle
from inventory.suppliers.base import FactState
from ppob.kit import clock
from ppob.kit.errors import InvalidInput
from tests.conftest import NOON
from tests.factories import make_member
from tests.inventory.suppliers import attempt_of, hear, send, submit


@pytest.fixture
def ways(product, account, standby):
    """The first and the second way to deliver the product, as the seller has them."""

    def arrange(**fields):
        for owner, changes in fields.items():
            chosen = account if owner == "first" else standby
            chosen.products.update(**changes)
        return [chosen.products.get() for chosen in (account, standby)]

    return arrange


def first_of(options, holder=None):
    return purchase_routes.in_order(options, holder=holder or uuid4())[0]


def test_a_priority_of_the_product_beats_the_order_of_suppliers(ways):
    first, second = ways(first={"priority": 3}, second={"priority": 1})

    assert first_of([first, second]) == second


def test_equals_without_share_are_tried_the_cheapest_first(ways):
    first, second = ways(first={"priority": 1, "cost": 900}, second={"priority": 1})

    assert first_of([second, first]) == first


def test_shares_divide_the_orders(ways):
    options = ways(
        first={"priority": 1, "share": 30}, second={"priority": 1, "share": 10}
    )
    holders = [UUID(int=number) for number in range(4_000)]

    firsts = [first_of(options, holder) for holder in holders]

    assert 2_900 < firsts.count(options[0]) < 3_100
    # The same order line draws the same each time.
    assert firsts[:50] == [first_of(options[::-1], holder) for holder in holders[:50]]


def test_the_dry_run_says_how_orders_are_divided(product, ways):
    ways(first={"priority": 1, "share": 30}, second={"priority": 1, "share": 10})

    routes = serving.routes_of(product, now=NOON)

    assert [(route.percent, route.is_next) for route in routes] == [
        (75, True),
        (25, True),
    ]


def test_a_way_that_became_too_dear_is_not_used(product, ways, account):
    ways(first={"most_cost": 9_999})

    routes = serving.routes_of(product, now=NOON)

    assert [route.serving.obstacle for route in routes] == [Obstacle.TOO_DEAR, None]
    assert attempt_of(submit(product)).account != account


def place(option, product, **fields):
    return supplier_products.map_product(
        actor=make_member(),
        option=option,
        product=product,
        draft=RouteDraft(**fields),
        now=NOON,
    )


def test_the_seller_places_a_way(product, ways):
    [first, _second] = ways()

    place(first, product, priority=2, share=3, most_cost=10_200)

    kept = SupplierProduct.objects.get(pk=first.pk)
    assert (kept.priority, kept.share, kept.most_cost) == (2, 3, 10_200)
    assert purchase_routes.priority_of(kept) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"priority": 0},
        {"priority": 101},
        {"share": -1},
        {"share": 101},
        {"most_cost": 0},
        {"most_cost": 1_000_000_001},
    ],
)
def test_a_place_out_of_range_changes_nothing(product, ways, wrong):
    [first, _second] = ways()

    with pytest.raises(InvalidInput) as refusal:
        place(first, product, **wrong)

    assert refusal.value.field == next(iter(wrong))
    assert SupplierProduct.objects.get(pk=first.pk).priority is None


def test_each_way_has_its_own_figures(product, account, standby, supplier, monkeypatch):
    now = NOON
    monkeypatch.setattr(clock, "now", lambda: now)
    for secs in (10, 20, 60):
        purchase = submit(product)
        supplier.answers = [FactState.PENDING]
        send(purchase)
        hear_later(purchase, secs)
    supplier.answers = [FactState.NOT_FORMED]
    send(submit(product))

    figures = figures_of_routes(product, since=NOON - timedelta(days=7))

    found = figures[account.pk, "xld10"]
    assert found.success == Success(succeeded=3, failed=1, unknown=0)
    assert (found.half, found.most) == (20.0, 56.0)
    assert figures_of_routes(product, since=NOON + timedelta(seconds=1)) == {}


def hear_later(purchase, secs):
    hear(purchase, FactState.SUCCEEDED, now=NOON + timedelta(seconds=secs))
    assert attempt_of(purchase).status == "succeeded"
