from datetime import timedelta

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from catalog.models import Product
from catalog.services import seeding
from payments.models import PaymentMethod
from ppob.kit.scope import tenant_scope
from tenants.api.base import StoreThrottle
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import (
    make_gateway_method,
    make_member,
    make_order,
    make_product,
    make_user,
)

GETS = [
    "/api/v1/game/categories",
    "/api/v1/game/products/ML",
    "/api/v1/game/price/ML",
    "/api/v1/products",
    "/api/v1/orders",
    "/api/v1/refunds",
    "/api/v1/balances",
]


@pytest.fixture(autouse=True)
def _no_counters(db):
    cache.clear()


@pytest.fixture
def owner(in_arcadia):
    return make_member()


def client_of(user, store: str = "arcadia") -> APIClient:
    client = APIClient(headers={"X-Store": store} if store else None)
    client.force_login(user)
    return client


@pytest.fixture
def client(owner):
    return client_of(owner.user)


def test_products_come_with_their_stock(client):
    stocked = make_product(codes=3)
    hidden = make_product(is_visible=False)
    topup = make_product(kind="topup")
    make_product(archived_at=NOON)

    answer = client.get("/api/v1/products").json()

    assert [(row["id"], row["stock"]) for row in answer["results"]] == [
        (str(stocked.public_id), 3),
        (str(hidden.public_id), 0),
        (str(topup.public_id), None),
    ]
    one = client.get(f"/api/v1/products/{stocked.public_id}").json()
    assert one["stock"] == 3


def test_pages_of_products_follow_each_other(client):
    made = [make_product(position=number // 2) for number in range(5)]

    seen, link = [], "/api/v1/products?page_size=2"
    while link:
        page = client.get(link).json()
        seen += [row["sku"] for row in page["results"]]
        link = page["next"]

    assert seen == [product.sku for product in made]


def test_orders_come_newest_first_and_without_codes(client):
    product = make_product(codes=2)
    first = make_order(product)
    second = make_order(product, now=NOON + timedelta(minutes=1))

    rows = client.get("/api/v1/orders").json()["results"]
    detail = client.get(f"/api/v1/orders/{first.public_id}").json()

    assert [row["code"] for row in rows] == [second.code, first.code]
    assert rows[1]["lines"] == [
        {
            "product_name": product.name,
            "quantity": 1,
            "unit_price": 10_000,
            "is_undelivered": False,
        }
    ]
    assert detail["total"] == 10_000
    assert detail["events"][0]["target"] == "awaiting_payment"
    assert "CODE-" not in str(detail)


def test_orders_of_one_status(client):
    make_order()

    assert client.get("/api/v1/orders?status=paid").json()["results"] == []
    paged = client.get("/api/v1/orders?status=awaiting_payment").json()
    assert len(paged["results"]) == 1


def test_products_are_shown_and_hidden_in_bulk(client):
    one, two = make_product(), make_product(is_visible=False)
    body = {
        "products": [str(one.public_id), str(two.public_id)],
        "is_visible": False,
    }

    answer = client.post("/api/v1/products/visibility", body, format="json")

    assert answer.json() == {"changed": 1}
    assert not Product.objects.filter(is_visible=True).exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"products": [], "is_visible": True},
        {"products": ["1"], "is_visible": True},
        {"products": "all", "is_visible": "maybe"},
        [],
    ],
)
def test_bad_bodies_are_problems(client, body):
    answer = client.post("/api/v1/products/visibility", body, format="json")

    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID_INPUT"


@pytest.mark.parametrize("path", GETS)
def test_strangers_are_asked_to_sign_in(in_arcadia, path):
    answer = APIClient(headers={"X-Store": "arcadia"}).get(path)

    assert answer.status_code == 403
    assert answer.json()["code"] == "NOT_AUTHENTICATED"


@pytest.mark.parametrize("path", GETS)
def test_a_store_has_to_be_named(owner, path):
    answer = client_of(owner.user, store="").get(path)

    assert answer.status_code == 400
    assert answer.json()["field"] == "store"


def test_the_store_may_be_named_in_the_query(owner):
    answer = client_of(owner.user, store="").get("/api/v1/products?store=arcadia")

    assert answer.status_code == 200


@pytest.mark.parametrize("store", ["borealis", "atlantis"])
@pytest.mark.parametrize("path", GETS)
def test_other_stores_do_not_exist(owner, borealis, path, store):
    answer = client_of(owner.user, store=store).get(path)

    assert answer.status_code == 404
    assert answer.json()["code"] == "NOT_FOUND"


def test_another_stores_rows_do_not_exist(client, borealis):
    with tenant_scope(borealis.pk):
        product = make_product(codes=1)
        order = make_order(product)

    for path in (f"products/{product.public_id}", f"orders/{order.public_id}"):
        assert client.get(f"/api/v1/{path}").status_code == 404
    assert client.get("/api/v1/products").json()["results"] == []
    assert client.get("/api/v1/orders").json()["results"] == []


@pytest.mark.parametrize("role", [Role.CASHIER, Role.VIEWER])
def test_a_weak_role_may_read_but_not_hide(in_arcadia, role):
    product = make_product()
    client = client_of(make_member(role).user)
    body = {"products": [str(product.public_id)], "is_visible": False}

    answer = client.post("/api/v1/products/visibility", body, format="json")

    assert client.get("/api/v1/products").status_code == 200
    assert answer.status_code == 403
    assert answer.json()["code"] == "NOT_ALLOWED"
    product.refresh_from_db()
    assert product.is_visible


def test_a_change_needs_the_csrf_token(owner):
    product = make_product()
    client = APIClient(enforce_csrf_checks=True, headers={"X-Store": "arcadia"})
    client.force_login(owner.user)
    body = {"products": [str(product.public_id)], "is_visible": False}

    answer = client.post("/api/v1/products/visibility", body, format="json")

    assert answer.status_code == 403
    product.refresh_from_db()
    assert product.is_visible


def test_the_scope_ends_with_the_request(client):
    make_product()

    client.get("/api/v1/products")
    other = client_of(make_user())

    assert other.get("/api/v1/products").status_code == 404


def test_credentials_are_nowhere(client):
    make_gateway_method()
    assert PaymentMethod.objects.exists()

    for path in GETS:
        assert "DEV-key" not in client.get(path).content.decode()


def test_too_many_requests_wait(client, monkeypatch):
    monkeypatch.setattr(StoreThrottle, "rate", "2/min")

    answers = [client.get("/api/v1/products") for _turn in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"]
    assert answers[2].json()["code"] == "THROTTLED"


@pytest.mark.parametrize(
    ("role", "is_told"),
    [
        (Role.OWNER, True),
        (Role.ADMIN, True),
        (Role.CASHIER, False),
        (Role.VIEWER, False),
    ],
)
def test_what_products_cost_is_told_to_whom_may_know(in_arcadia, role, is_told):
    owner, member = make_member(), make_member(role)
    [topup, *_] = seeding.add_topups(actor=owner, now=NOON)
    product = make_product(cost=7_654)
    client = client_of(member.user)

    listed = client.get(f"/api/v1/products?search={product.sku}").json()["results"]
    alone = client.get(f"/api/v1/products/{product.public_id}").json()
    games = client.get(f"/api/v1/game/products/{topup.category.code}").json()["results"]

    assert [row["cost"] for row in (*listed, alone)] == [
        7_654 if is_told else None,
        7_654 if is_told else None,
    ]
    costs = {row["id"]: row["cost"] for row in games}
    assert topup.cost > 0
    assert costs[str(topup.public_id)] == (topup.cost if is_told else None)
    assert set(costs.values()) != {None} or not is_told
