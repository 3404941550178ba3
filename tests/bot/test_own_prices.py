"""A buyer reads their own price before they buy, and it is what they are charged."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.presenters import quantity
from bot.presenters import topups as drawing
from bot.presenters.panel import price_line
from bot.runtime.cogs import shopping
from bot.services import buyer, panels, tickets, topups
from inventory.models import SupplierProduct
from ppob.kit.i18n import speaking
from tests.bot.diamonds import (
    PRICE,
    entered,
    game,
    nothing_remembered,
    press,
    product,
    supplier,
)
from tests.conftest import NOON
from tests.factories import PriceRuleFactory, make_customer

__all__ = ["game", "nothing_remembered", "product", "supplier"]

OWN = 18_000  # 10 % less than 20,000


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


@pytest.fixture
def vip(store):
    PriceRuleFactory(name="Harga VIP")
    return make_customer("bima", tier="vip")


def listed(customer, code=None):
    found = shopping._read_prices(customer=customer, code=code)
    return shopping._drawn(found).embed.text.splitlines()


def shown_to(customer):
    return {
        each.pk: price_line(each)
        for each in panels.list_products_for(customer=customer, now=NOON)
    }


def test_every_card_before_a_top_up_says_what_it_costs_this_buyer(store, product, vip):
    asked = topups.offer(customer=vip, product_id=product.pk, panel_id=1, now=NOON)
    checked = entered(store, product, customer=vip)
    answer = topups.check_for_game(
        customer=vip, game="ML", user_id="123456789", server="1234", now=NOON
    )

    assert drawing.choose_account(asked).embed.fields[0].value == (
        "**Rp 18.000** · Harga VIP"
    )
    assert drawing.confirm(checked).embed.fields[0].value == "Rp 18.000 · Harga VIP"
    assert [price for _pk, _name, price in answer.items] == [OWN]
    assert any("Rp 18.000 (Harga VIP)" in line for line in listed(vip, "ML"))
    assert shown_to(vip)[product.pk].startswith("💰 Rp 18.000 · Harga VIP |")
    opened = press(store, product, customer=vip, check_id=checked.check_id)
    order = opened.ticket.order
    assert order.total == OWN


def test_a_member_reads_the_usual_price(store, product, vip):
    checked = entered(store, product)

    assert drawing.confirm(checked).embed.fields[0].value == "Rp 20.000"
    assert not any("VIP" in line for line in listed(store.buyer))
    assert "VIP" not in shown_to(store.buyer)[product.pk]


def test_the_panel_says_the_public_price_and_asks_no_more_for_it(store, product):
    def read():
        with CaptureQueriesContext(connection) as captured:
            prices = [each.price for each in panels.list_panel_products()]
        return prices, len(captured)

    before = read()
    PriceRuleFactory()
    PriceRuleFactory(tier="member", minimum_quantity=2)

    assert read() == before
    assert before[0] == [29_000, PRICE]


def test_a_cost_that_rose_meanwhile_is_never_sold_below(store, product, vip):
    """The card said 18,000; the order is made at what it costs now, and says so."""
    checked = entered(store, product, customer=vip)
    SupplierProduct.objects.update(cost=19_000)

    opened = press(store, product, customer=vip, check_id=checked.check_id)
    order = opened.ticket.order

    assert (checked.price, order.total) == (OWN, 19_000)
    assert order.status == "awaiting_payment"


def test_the_choice_of_a_quantity_says_what_each_number_costs(store, vip):
    PriceRuleFactory(tier="member", minimum_quantity=3, rate=2_000, name="Borongan")
    ticket = tickets.open_ticket(
        customer=vip,
        guild_id=store.guild.pk,
        product_id=store.product.pk,
        panel_id=None,
        request_key="discord:9",
        now=NOON,
    ).ticket

    offer = buyer.quantities_for(customer=vip, order_id=ticket.order_id, now=NOON)
    [menu] = quantity.choose(offer).rows
    assert [line.description for line in menu.options] == [
        "= Rp 26.100 (-Rp 2.900)",
        "= Rp 52.200 (-Rp 5.800)",
        "= Rp 69.600 (-Rp 17.400)",
    ]

    chosen = buyer.choose_quantity(
        customer=vip, order_id=ticket.order_id, quantity=3, now=NOON
    )
    assert chosen.offer.order.total == 69_600
    assert "3 × Rp 29.000 − Rp 17.400 = **Rp 69.600**" in (
        quantity.chosen(chosen.offer, None).text
    )
    assert [field.name for field in quantity.discounts_of(chosen.offer.order)] == [
        "Borongan"
    ]
