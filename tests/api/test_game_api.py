"""Games, what can be bought for them, and their price lists, for programs."""

from datetime import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from catalog.destinations import read_fields, requirements
from catalog.models import Product
from catalog.services import seeding
from catalog.states import ProductKind
from inventory.models import StockItem, SupplierAccount, SupplierProduct
from inventory.services import price_lists
from ppob.kit import clock
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    CategoryFactory,
    SupplierAccountFactory,
    SupplierProductFactory,
    add_codes,
    make_member,
    make_product,
)

ZONES = [
    {"name": "user_id", "label": "User ID", "pattern": "[0-9]{5,12}"},
    {"name": "zone_id", "label": "Zone ID", "pattern": "[0-9]{3,6}"},
]
PRICES = "/api/v1/game/price/ML"
PRODUCTS = "/api/v1/game/products/ML"


@pytest.fixture(autouse=True)
def _no_counters(db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    cache.clear()


def client_of(user, store: str = "arcadia") -> APIClient:
    client = APIClient(headers={"X-Store": store})
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def client(in_arcadia) -> APIClient:
    return client_of(make_member(Role.VIEWER).user)


def make_game(code: str = "ML", **fields):
    defaults = {"name": "Mobile Legends", "destination_fields": ZONES}
    return CategoryFactory(code=code, **defaults | fields)


def make_topup(game, price=20_000, **fields):
    return make_product(kind=ProductKind.TOPUP, category=game, price=price, **fields)


def supply(product, account=None, **fields):
    """The product can be bought at a supplier, for half of its price."""
    account = account or SupplierAccountFactory(deposit=10**6, deposit_at=NOON)
    return SupplierProductFactory(
        account=account, product=product, **{"cost": product.price // 2, **fields}
    )


def queries_of(client, path) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(captured)


# --- Games ----------------------------------------------------------------------------


def test_games_come_with_what_a_buyer_enters_and_what_is_for_sale(client):
    game = make_game(emoji="⚔️", position=1)
    make_topup(game, is_visible=False)
    make_product(category=game)
    make_topup(game, is_active=False)
    make_topup(game, archived_at=NOON)
    CategoryFactory(code="CARDS", position=0)  # nobody enters an account there

    answer = client.get("/api/v1/game/categories")

    assert answer.json() == [
        {
            "code": "ML",
            "name": "Mobile Legends",
            "emoji": "⚔️",
            "destination_fields": [
                {**field, "kind": "number", "choices": [], "example": ""}
                for field in ZONES
            ],
            "requirements": "User ID 5 to 12 digits, Zone ID 3 to 6 digits",
            "items": 2,
        }
    ]


def test_games_stand_in_the_stores_order_and_ask_for_no_part_that_follows(client):
    seeding.add_topups(actor=make_member(), now=NOON)

    games = {
        game["code"]: game for game in client.get("/api/v1/game/categories").json()
    }

    assert [*games] == ["ML", "FF", "PUBG", "GENSHIN", "VALORANT"]
    assert [part["name"] for part in games["GENSHIN"]["destination_fields"]] == [
        "user_id"
    ]
    assert games["VALORANT"]["destination_fields"][0]["kind"] == "riot_id"
    assert [game["items"] for game in games.values()] == [3, 3, 3, 3, 3]


def test_a_choice_comes_with_its_values(client):
    server = {"name": "server", "label": "Server", "choices": [["a", "Asia"]]}
    make_game(destination_fields=[ZONES[0], server])

    [game] = client.get("/api/v1/game/categories").json()

    part = game["destination_fields"][1]
    assert (part["kind"], part["choices"]) == (
        "choice",
        [{"value": "a", "label": "Asia"}],
    )
    assert game["requirements"] == "User ID 5 to 12 digits, Server Asia"


@pytest.mark.parametrize("language", ["id", "en"])
def test_what_is_needed_is_said_in_the_readers_language(client, language):
    make_game()
    client.cookies["django_language"] = language

    [game] = client.get("/api/v1/game/categories").json()

    with speaking(language):
        assert game["requirements"] == str(requirements(read_fields(ZONES)))


# --- Products -------------------------------------------------------------------------


def test_each_product_says_whether_it_can_be_delivered_and_why_not(client):
    game = make_game()
    open_ = make_topup(game, price=1_000)
    closed = make_topup(game, price=2_000)
    orphan = make_topup(game, price=3_000)
    sold_out = make_product(category=game, price=4_000)
    stocked = make_product(category=game, price=5_000, codes=2)
    account = supply(open_).account
    # At noon in Jakarta, until one o'clock there.
    supply(closed, account, closed_from=time(11), closed_until=time(13))

    page = client.get("/api/v1/game/products/ml").json()

    assert (page["next"], page["previous"]) == (None, None)
    assert [
        (row["sku"], row["stock"], row["is_available"], row["obstacle"], row["until"])
        for row in page["results"]
    ] == [
        (open_.sku, None, True, None, None),
        (closed.sku, None, False, "closed", "2026-03-14T13:00:00+07:00"),
        (orphan.sku, None, False, "no_supplier", None),
        (sold_out.sku, 0, False, None, None),
        (stocked.sku, 2, True, None, None),
    ]
    assert page["results"][0]["id"] == str(open_.public_id)


@pytest.mark.parametrize(
    ("fields", "deposit", "obstacle"),
    [
        ({"is_available": False}, 10**6, "unavailable"),
        ({"cost": 20_001}, 10**6, "too_dear"),
        ({}, 9_999, "no_deposit"),
        ({}, 10_000, None),
        ({"cost": 20_000}, 20_000, None),
    ],
)
def test_obstacles_are_those_of_an_order(client, fields, deposit, obstacle):
    account = SupplierAccountFactory(deposit=deposit, deposit_at=NOON)
    supply(make_topup(make_game()), account, **fields)

    [row] = client.get(PRODUCTS).json()["results"]

    assert (row["obstacle"], row["is_available"]) == (obstacle, obstacle is None)


def test_only_what_is_for_sale_in_this_game_is_listed(client):
    game = make_game()
    hidden = make_topup(game, is_visible=False)
    make_topup(game, is_active=False)
    make_topup(game, archived_at=NOON)
    make_topup(make_game("FF"))

    rows = client.get(PRODUCTS).json()["results"]

    assert [row["sku"] for row in rows] == [hidden.sku]


@pytest.mark.parametrize(
    ("role", "cost"), [(Role.OWNER, 7_654), (Role.ADMIN, 7_654), (Role.CASHIER, None)]
)
def test_costs_are_told_to_whom_may_see_them(in_arcadia, role, cost):
    make_topup(make_game(), cost=7_654)
    client = client_of(make_member(role).user)

    assert client.get(PRODUCTS).json()["results"][0]["cost"] == cost
    assert "7654" not in client.get(PRICES).content.decode()


def test_pages_follow_each_other_by_price(client):
    game = make_game()
    prices = [3_000, 1_000, 2_000, 2_000, 2_000]
    made = [make_topup(game, price) for price in prices]

    seen, link = [], f"{PRODUCTS}?page_size=2"
    while link:
        page = client.get(link).json()
        assert len(page["results"]) <= 2
        seen += [row["sku"] for row in page["results"]]
        link = page["next"]

    assert seen == [made[number].sku for number in (1, 2, 3, 4, 0)]


@pytest.mark.parametrize("code", ["CHESS", "CARDS", "x" * 400, "%25", "ML%2F"])
@pytest.mark.parametrize("what", ["products", "price"])
def test_an_unknown_game_is_a_problem(client, what, code):
    make_game()
    CategoryFactory(code="CARDS")

    answer = client.get(f"/api/v1/game/{what}/{code}")

    assert answer.status_code == 404
    if "%2F" not in code:  # an address of its own, which nothing answers
        assert answer.json()["code"] == "NOT_FOUND"


def test_a_hundred_products_cost_no_more_queries_than_three(client):
    few, many = make_game("FEW"), make_game("MANY")
    account = SupplierAccountFactory(deposit=10**6, deposit_at=NOON)
    for game, size in ((few, 3), (many, 100)):
        for number in range(size):
            if number % 3:
                supply(make_topup(game), account)
            else:
                make_product(category=game)
    paths = [
        "/api/v1/game/products/{}?page_size=100",
        "/api/v1/game/price/{}",
        "/api/v1/game/categories",
    ]
    client.get(PRODUCTS)  # whatever is asked once only

    small = [queries_of(client, path.format("FEW")) for path in paths]
    large = [queries_of(client, path.format("MANY")) for path in paths]

    assert small == large
    rows = client.get(paths[0].format("MANY")).json()["results"]
    assert len(rows) == len(client.get(paths[1].format("MANY")).json()["prices"]) == 100


# --- Price lists ----------------------------------------------------------------------


def test_a_price_list_is_light(client):
    game = make_game(emoji="⚔️")
    dear = make_topup(game, 40_000, sku="ML-172", name="172 Diamonds")
    cheap = make_topup(game, 20_000, sku="ML-86", name="86 Diamonds")
    supply(cheap)

    fresh, kept = client.get(PRICES).json(), client.get(PRICES).json()

    assert fresh == {
        "category": {"code": "ML", "name": "Mobile Legends", "emoji": "⚔️"},
        "prices": [
            {
                "id": str(cheap.public_id),
                "sku": "ML-86",
                "name": "86 Diamonds",
                "price": 20_000,
                "is_available": True,
            },
            {
                "id": str(dear.public_id),
                "sku": "ML-172",
                "name": "172 Diamonds",
                "price": 40_000,
                "is_available": False,
            },
        ],
    }
    assert kept == fresh


def test_a_kept_price_list_costs_one_query_beside_the_game(client):
    supply(make_topup(make_game()))

    first, second = queries_of(client, PRICES), queries_of(client, PRICES)
    games = queries_of(client, "/api/v1/game/categories")

    # The list of games is one query, too; finding out who asks is the same for both.
    assert (second, first) == (games + 1, games + 4)


def _price(game, topup, codes):
    Product.objects.filter(pk=topup.pk).update(price=21_000)


def _name(game, topup, codes):
    Product.objects.filter(pk=topup.pk).update(name="Another name")


def _archived(game, topup, codes):
    Product.objects.filter(pk=topup.pk).update(archived_at=NOON)


def _other_game(game, topup, codes):
    Product.objects.filter(pk=topup.pk).update(category=make_game("FF"))


def _added(game, topup, codes):
    make_topup(game)


def _out_of_order(game, topup, codes):
    SupplierProduct.objects.update(is_available=False)


def _cost(game, topup, codes):
    SupplierProduct.objects.update(cost=20_001)


def _unmapped(game, topup, codes):
    SupplierProduct.objects.update(product=None)


def _window(game, topup, codes):
    SupplierProduct.objects.update(closed_from=time(11), closed_until=time(13))


def _deposit(game, topup, codes):
    SupplierAccount.objects.update(reserved=10**6)


def _switched_off(game, topup, codes):
    SupplierAccount.objects.update(is_active=False)


def _real_account(game, topup, codes):
    SupplierAccountFactory(is_test=False)  # test accounts sell nothing any more


def _first_code(game, topup, codes):
    add_codes(codes, 1)


def _renamed_game(game, topup, codes):
    game.name = "ML: Bang Bang"
    game.save()


@pytest.mark.parametrize(
    "change",
    [
        *(_price, _name, _archived, _other_game, _added, _out_of_order, _cost),
        *(_unmapped, _window, _deposit, _switched_off, _real_account, _first_code),
        _renamed_game,
    ],
)
def test_a_change_is_in_the_next_price_list(client, change):
    game = make_game()
    topup, codes = make_topup(game), make_product(category=game, price=30_000)
    supply(topup)
    before = client.get(PRICES).json()

    change(game, topup, codes)

    after = client.get(PRICES).json()
    assert after != before
    cache.clear()
    assert client.get(PRICES).json() == after


def test_a_sold_out_code_is_in_the_next_price_list(client):
    make_product(category=make_game(), codes=1)
    assert client.get(PRICES).json()["prices"][0]["is_available"] is True

    StockItem.objects.all().delete()

    assert client.get(PRICES).json()["prices"][0]["is_available"] is False


def test_who_began_earlier_and_commits_later_is_not_missed(client, superuser):
    """The newest time and the newest number would say that nothing happened."""
    game = make_game()
    slow, fast = make_topup(game, 20_000), make_topup(game, 30_000)
    with superuser.transaction():
        superuser.execute(
            "UPDATE catalog_product SET price = 21000 WHERE id = %s", [slow.pk]
        )
        Product.objects.filter(pk=fast.pk).update(price=31_000)
        meanwhile = client.get(PRICES).json()

    after = client.get(PRICES).json()

    assert [line["price"] for line in meanwhile["prices"]] == [20_000, 31_000]
    assert [line["price"] for line in after["prices"]] == [21_000, 31_000]


def test_a_price_list_is_kept_for_half_a_minute_under_its_stores_number(client):
    game = make_game()
    make_topup(game)

    client.get(PRICES)

    valkey = cache._cache.get_client()
    [key] = valkey.keys("*price-list:*")
    assert f":price-list:{game.tenant_id}:" in key.decode()
    assert 0 < valkey.ttl(key) <= price_lists.KEPT_SECS == 30


def test_price_lists_never_cross_stores(client, borealis):
    make_topup(make_game(), 20_000)
    with tenant_scope(borealis.pk):
        make_topup(make_game(), 99_000)
        theirs = client_of(make_member().user, "borealis")

    for _turn in range(2):
        for who, price in ((client, 20_000), (theirs, 99_000)):
            lines = who.get(PRICES).json()["prices"]
            assert [line["price"] for line in lines] == [price]
    assert client.get(PRICES, headers={"X-Store": "borealis"}).status_code == 404
