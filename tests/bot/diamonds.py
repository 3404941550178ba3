"""A store that sells diamonds, a supplier that answers as told, and a buyer."""

import pytest
from django.core.cache import cache

from bot.services import tickets, topups
from catalog.games import find_game
from tests.conftest import NOON
from tests.factories import CategoryFactory
from tests.inventory.suppliers import (
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)
from tests.payments.acts import open_transfer, pending, tell

PRICE = 20_000
RIZKY, NOBODY = "123456789 (1234)", "99999999 (1234)"


@pytest.fixture(autouse=True)
def nothing_remembered(db):
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted(names={"123456789": "RizkyGG"})) as scripted:
        yield scripted


@pytest.fixture
def game(store):
    fields = [dict(each) for each in find_game("ML").destination_fields]
    return CategoryFactory(code="ML", name="Mobile Legends", destination_fields=fields)


@pytest.fixture
def product(store, game, supplier):
    product = make_topup(name="86 Diamonds", price=PRICE, category=game)
    map_product(product, make_account(deposit=90_000, deposit_at=NOON))
    return product


def entered(store, product, text=RIZKY, *, now=NOON, customer=None):
    return topups.check_entered(
        customer=customer or store.buyer,
        product_id=product.pk,
        panel_id=store.panel.pk,
        text=text,
        now=now,
    )


def press(store, product, **changes):
    arguments = {
        "customer": store.buyer,
        "guild_id": store.guild.pk,
        "product_id": product.pk,
        "panel_id": store.panel.pk,
        "request_key": "discord:1",
        "now": NOON,
        **changes,
    }
    return tickets.open_ticket(**arguments)


def buy(store, product, text=RIZKY, **changes):
    found = entered(store, product, text, now=changes.get("now", NOON))
    return press(store, product, check_id=found.check_id, **changes)


def paid(ticket, jobs):
    tell(pending(ticket.order, method=open_transfer()))
    jobs.run()
    ticket.order.refresh_from_db()
    return ticket
