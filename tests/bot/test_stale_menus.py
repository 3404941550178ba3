"""A menu that is older than the store's products."""

import pytest

from bot.presenters.draft import MenuDraft
from bot.presenters.panel import MENU_LINES, PanelProduct
from bot.ui.shop import _choices
from catalog.models import Product
from payments.models import Order
from ppob.kit.i18n import speaking
from tests.bot.test_in_discord import store, town
from tests.bot.town import answer, find, has
from tests.factories import make_product

__all__ = ["store", "town"]


def products(count: int) -> list[PanelProduct]:
    return [
        PanelProduct(pk=number, name=f"P{number}", price=1_000, stock=1, description="")
        for number in range(1, count + 1)
    ]


def choices(count: int, *, page: int):
    with speaking("en"):
        return _choices(products(count), 7, page=page)


@pytest.mark.parametrize(("count", "page"), [(25, 1), (3, 2), (50, 2)])
def test_a_page_that_is_no_more_says_so_and_shows_the_first(count, page):
    draft = choices(count, page=page)

    assert "changed meanwhile" in draft.text
    [menu] = [row for row in draft.rows if isinstance(row, MenuDraft)]
    assert menu.options[0].value == "1"
    assert len(menu.options) == min(count, MENU_LINES)


@pytest.mark.parametrize(("count", "page"), [(26, 1), (1, 0), (51, 2)])
def test_a_page_that_is_there_is_shown(count, page):
    assert choices(count, page=page).text == "What would you like to buy?"


def test_only_an_empty_store_is_sold_out():
    for page in (0, 1):
        assert "sold out" in choices(0, page=page).text


def test_turning_a_page_never_buys(town, store):
    for number in range(2 * MENU_LINES):
        make_product(name=f"P{number}", codes=1)
    panel = town.bima.wait_for_message(
        town.products_id, lambda found: has(found, "v1:browse:")
    )
    offer = town.bima.click(panel, find(panel, "", "v1:browse:"))["message"]
    Product.objects.exclude(pk=store.product.pk).update(is_active=False)

    told = answer(town.bima.click(offer, find(offer, ":1", "v1:page:")))

    assert "changed meanwhile" in told
    assert not Order.objects.exists()
