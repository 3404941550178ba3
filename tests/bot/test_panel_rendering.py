"""What panels look like, within Discord's limits whatever sellers type."""

import re

import pytest

from bot.ids import _ID
from bot.models import Panel
from bot.presenters.panel import PanelProduct, panel_view
from bot.ui import shop, ticket  # noqa: F401 - registers the handlers
from bot.ui.clicks import CLICKS
from bot.ui.panels import to_discord
from ppob.kit.i18n import speaking

HOSTILE = "@everyone **x** <@1> https://evil.example \u202egnp.exe `|~_* " * 20


@pytest.fixture(autouse=True)
def english():
    with speaking("en"):
        yield


def products(count, *, stock=5, name="Product {}", description=""):
    return [
        PanelProduct(number, name.format(chr(64 + number)), 10_000, stock, description)
        for number in range(1, count + 1)
    ]


def components(payload):
    waiting, found = list(payload.view.to_components()), []
    while waiting:
        component = waiting.pop(0)
        found.append(component)
        waiting += component.get("components", [])
        if "accessory" in component:
            waiting.append(component["accessory"])
    return found


def draw(layout, shown, **fields):
    return to_discord(panel_view(Panel(pk=7, layout=layout, **fields), shown))


async def test_the_classic_layout_is_the_one_that_was_asked_for():
    payload = draw("classic", products(2))

    embed = payload.embed.to_dict()
    assert embed["title"] == "🛍️ DIGITAL PRODUCT STORE"
    assert embed["description"] == "Update real-time setiap 5 detik"
    assert embed["fields"] == [
        {"name": "Product A", "value": "💰 Rp 10.000 | Stock: 5", "inline": True},
        {"name": "Product B", "value": "💰 Rp 10.000 | Stock: 5", "inline": True},
    ]
    row, menu_row = payload.view.to_components()
    buttons = [
        (button["type"], button["style"], button["label"], button["custom_id"])
        for button in row["components"]
    ]
    assert row["type"] == 1
    assert buttons == [
        (2, 3, "🛒 Buy", "v1:browse:7"),
        (2, 2, "💳 Payment", "v1:methods:7"),
    ]
    assert menu_row["components"][0]["custom_id"] == "v1:pick:7"


async def test_a_card_has_its_own_buy_button_with_stable_ids():
    payload = draw("cards", products(2))

    ids = [part["custom_id"] for part in components(payload) if "custom_id" in part]
    assert ids == ["v1:buy:7:1", "v1:buy:7:2", "v1:methods:7"]


async def test_a_sold_out_card_keeps_its_id_but_cannot_be_pressed():
    payload = draw("cards", products(1, stock=0))

    [button] = [
        part for part in components(payload) if part.get("custom_id") == "v1:buy:7:1"
    ]
    assert button["disabled"] is True
    assert button["label"] == "Sold out"


@pytest.mark.parametrize("layout", ["cards", "classic"])
@pytest.mark.parametrize("count", [0, 1, 5, 11, 12, 25, 36, 80])
async def test_a_panel_stays_within_discords_limits(layout, count):
    shown = products(count, name=HOSTILE, description=HOSTILE)
    payload = draw(layout, shown, title=HOSTILE[:100], description=HOSTILE[:300])

    parts = components(payload)
    texts = [part["content"] for part in parts if part["type"] == 10]
    menus = [part for part in parts if part["type"] == 3]
    assert len(parts) <= 40
    assert sum(map(len, texts)) <= 4000
    assert all(len(menu["options"]) <= 25 for menu in menus)
    if payload.embed is not None:
        assert len(payload.embed) <= 6000
        assert len(payload.embed.fields) <= 25
        assert all(len(field.name) <= 256 for field in payload.embed.fields)
        assert all(1 <= len(field.value) <= 1024 for field in payload.embed.fields)


@pytest.mark.parametrize("layout", ["cards", "classic"])
async def test_what_sellers_type_formats_links_and_mentions_nothing(layout):
    payload = draw(layout, products(2, name=HOSTILE), title=HOSTILE[:100])

    shown = str(payload.view.to_components()) + str(
        payload.embed.to_dict() if payload.embed else ""
    )
    visible = re.sub(r"'options': \[.*?\]", "", shown)  # menus show plain text anyway
    assert "@everyone" not in visible
    assert "<@1>" not in visible
    assert "https://evil" not in visible
    assert "\u202e" not in shown


async def test_every_product_can_be_reached():
    payload = draw("cards", products(36))

    parts = components(payload)
    on_cards = [
        part for part in parts if part.get("custom_id", "").startswith("v1:buy:")
    ]
    [menu] = [part for part in parts if part["type"] == 3]
    assert len(on_cards) + len(menu["options"]) == 35
    assert any(part.get("custom_id") == "v1:browse:7" for part in parts)


async def test_the_fingerprint_changes_with_the_picture_only():
    first, same = draw("cards", products(2)), draw("cards", products(2))
    other = draw("cards", products(2, stock=4))

    assert first.fingerprint == same.fingerprint
    assert first.fingerprint != other.fingerprint


async def test_drawn_buttons_are_never_stored_by_the_library():
    assert draw("cards", products(2)).view.is_finished()
    assert draw("classic", products(2)).view.is_finished()


def test_every_custom_id_is_recognised_by_exactly_one_handler():
    patterns = [click.__discord_ui_compiled_template__ for click in CLICKS]
    names = [
        re.sub(rf"\(\?P<\w+>{re.escape(_ID)}\)", "12", pattern.pattern)
        for pattern in patterns
    ]

    for example in names:
        assert sum(bool(pattern.fullmatch(example)) for pattern in patterns) == 1, (
            example
        )
    assert {"v1:buy:12:12", "v1:reveal:12", "buy_btn", "payment_btn"} <= set(names)
    assert all(len(example.replace("12", "9" * 19)) <= 100 for example in names)
