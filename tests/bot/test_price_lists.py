"""`/price`: what fits in a message is read, the rest is counted."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.presenters import prices
from bot.runtime.cogs import shopping
from ppob.kit.errors import NotFound
from tenants.models import Customer
from tests.factories import CategoryFactory, make_customer, make_product
from tests.inventory.suppliers import make_account, make_topup, map_product

pytestmark = pytest.mark.usefixtures("in_arcadia")


def drawn(code=None):
    customer = Customer.objects.first() or make_customer()
    found = shopping._read_prices(customer=customer, code=code)
    return shopping._drawn(found).embed.text


def test_codes_come_first_and_hidden_goods_are_named_by_their_game_alone():
    game = CategoryFactory(code="ML")
    topup = make_topup(name="86 Diamonds", price=20_000, position=1, category=game)
    map_product(topup, make_account(), cost=18_500)
    make_product(name="Netflix", price=30_000, codes=2, position=9)
    make_product(name="Hidden", price=1_000, codes=1, is_visible=False, category=game)

    assert [line.split(" · ")[0] for line in drawn().splitlines()] == [
        "**Netflix**",
        "**86 Diamonds**",
    ]
    assert [line.split(" · ")[0] for line in drawn("ml").splitlines()] == [
        "**Hidden**",
        "**86 Diamonds**",
    ]
    with pytest.raises(NotFound):
        drawn("nothing")


def test_more_than_a_message_holds_is_counted_and_not_read(monkeypatch):
    monkeypatch.setattr(prices, "MOST_LINES", 3)
    for number in range(5):
        make_product(name=f"Item {number}", codes=1)

    with CaptureQueriesContext(connection) as queries:
        text = drawn()

    assert text.count("**Item") == 3
    assert text.splitlines()[-1] == "… and 2 more"
    [products, *_rest] = [q["sql"] for q in queries if "catalog_product" in q["sql"]]
    assert products.endswith("LIMIT 3")


def test_a_list_that_is_too_long_for_a_message_ends_with_how_many_are_left():
    for number in range(60):
        make_product(name=f"{number:02} {'A' * 70}", codes=1)

    lines = drawn().splitlines()

    assert lines[-1] == f"… and {60 - (len(lines) - 1)} more"
    assert len("\n".join(lines)) < 4096
