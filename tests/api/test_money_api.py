"""Refunds and balances as JSON: one's own, without secrets, page by page."""

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from payments.models import MoneyPolicy
from payments.services import ledger
from ppob.kit.scope import tenant_scope
from tenants.states import Role
from tests.dashboard.money import make_delivered, make_deposit, make_refund, pay
from tests.factories import make_customer, make_member


@pytest.fixture(autouse=True)
def _no_counters(db):
    cache.clear()


def client_of(role: Role = Role.VIEWER) -> APIClient:
    client = APIClient(headers={"X-Store": "arcadia"})
    client.force_login(make_member(role).user)
    return client


@pytest.fixture
def client(in_arcadia) -> APIClient:
    return client_of()


def test_refunds_come_newest_first_with_their_parts(client):
    order, member = make_delivered(29_000), make_member()
    first = make_refund(order, member, 5_000)
    order.refresh_from_db()
    second = make_refund(order, member, 4_000)

    rows = client.get("/api/v1/refunds").json()["results"]
    one = client.get(f"/api/v1/refunds/{first.public_id}").json()

    assert [row["id"] for row in rows] == [str(second.public_id), str(first.public_id)]
    assert rows[1] == one
    assert (one["order_code"], one["amount"]) == (order.code, 5_000)
    assert [(part["amount"], part["destination"]) for part in one["parts"]] == [
        (5_000, "balance")
    ]
    assert client.get(f"/api/v1/orders/{order.public_id}").json()["refunded"] == 9_000


def test_refunds_of_one_status(client):
    MoneyPolicy.objects.create(refund_approval_above=0)
    make_refund(make_delivered(), make_member(), 5_000)

    waiting = client.get("/api/v1/refunds?status=awaiting_approval").json()
    done = client.get("/api/v1/refunds?status=done").json()

    assert len(waiting["results"]) == 1
    assert done["results"] == []


def test_balances_name_their_buyers(client):
    ayu = make_customer("ayu")
    pay(make_deposit(20_000, customer=ayu))
    make_customer("bima")

    rows = client.get("/api/v1/balances").json()["results"]

    assert rows == [
        {
            "customer": str(ayu.public_id),
            "username": "ayu",
            "discord_id": str(ayu.discord_id),
            "balance": ledger.wallet_balance(ayu.pk),
        }
    ]


def test_another_stores_money_does_not_exist(client, borealis):
    with tenant_scope(borealis.pk):
        refund = make_refund(make_delivered(), make_member(), 5_000)

    assert client.get(f"/api/v1/refunds/{refund.public_id}").status_code == 404
    assert client.get("/api/v1/refunds").json()["results"] == []
    assert client.get("/api/v1/balances").json()["results"] == []


@pytest.mark.parametrize("path", ["refunds", "balances"])
def test_money_is_only_read_here(client, path):
    answer = client.post(f"/api/v1/{path}", {"amount": 1}, format="json")

    assert answer.status_code == 405
