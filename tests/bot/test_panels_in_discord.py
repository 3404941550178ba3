"""Panels against a local Discord: posted once, kept up to date, changed in layout."""

from functools import partial

from bot.models import OutgoingMessage, Panel
from bot.simulator import world
from bot.simulator.client import text_of
from inventory.services import stock
from ppob.kit import clock
from tests.bot.test_in_discord import store, town
from tests.bot.town import has
from tests.factories import wait_until

__all__ = ["store", "town"]


def settled(layout: str) -> bool:
    """Whether the bot knows that the panel is there and looks like this."""
    panel = Panel.objects.get()
    return panel.sent_layout == layout and bool(panel.sent_hash and panel.message_id)


def shown_panels(town):
    return [m for m in town.ayu.messages(town.products_id) if has(m, "v1:methods:")]


def test_the_panel_follows_the_stock_and_is_not_edited_without_need(town, store):
    panel = town.panel()
    assert ": 3" in text_of(panel)

    stock.add_items(product=store.product, codes=["NEW-1"], actor="t", now=clock.now())
    wait_until(lambda: ": 4" in text_of(town.panel()), secs=5)

    edits = town.control.stats()["edits"][panel["id"]]
    for _again in range(3):
        town.bot.panels.nudge(store.tenant.pk)
    assert town.control.stats()["edits"][panel["id"]] == edits == 1


def test_a_deleted_panel_comes_back(town, store):
    first = town.panel()
    town.control.delete_message(first)

    stock.add_items(product=store.product, codes=["NEW-1"], actor="t", now=clock.now())
    wait_until(lambda: town.panel()["id"] != first["id"], secs=10)

    store.panel.refresh_from_db()
    assert store.panel.reposts == 1


def test_from_cards_to_classic_a_new_message_replaces_the_old(town, store):
    first = town.panel()
    wait_until(lambda: Panel.objects.get().sent_layout == "cards")

    Panel.objects.update(layout="classic")
    town.bot.panels.nudge(store.tenant.pk)
    wait_until(lambda: Panel.objects.get().sent_layout == "classic", secs=10)

    wait_until(lambda: first["id"] not in [m["id"] for m in shown_panels(town)])
    panels = shown_panels(town)
    assert len(panels) == 1
    assert panels[0]["embeds"][0]["title"] == "🛍️ DIGITAL PRODUCT STORE"


def test_a_layout_chosen_back_and_forth_is_shown_each_time(town, store):
    for layout in ("classic", "cards", "classic", "cards", "classic"):
        Panel.objects.update(layout=layout)
        town.bot.panels.nudge(store.tenant.pk)
        wait_until(partial(settled, layout), secs=30)
        wait_until(lambda: len(shown_panels(town)) == 1)

    panel = Panel.objects.get()
    [shown] = shown_panels(town)
    assert shown["embeds"][0]["title"] == "🛍️ DIGITAL PRODUCT STORE"
    assert (panel.status, panel.reposts, panel.message_id) == (
        "active",
        0,
        int(shown["id"]),
    )


def test_a_post_that_a_crash_left_unnoted_is_not_made_twice(town, store):
    first = town.panel()
    wait_until(lambda: settled("cards"))
    # As if the bot had died between Discord's answer and the note of it.
    Panel.objects.update(
        message_id=None, sent_hash="", sent_layout="", post_is_open=True
    )
    stock.add_items(product=store.product, codes=["NEW-1"], actor="t", now=clock.now())

    wait_until(lambda: ": 4" in text_of(town.panel()), secs=10)

    assert [found["id"] for found in shown_panels(town)] == [first["id"]]
    wait_until(lambda: settled("cards"))
    assert Panel.objects.get().message_id == int(first["id"])


def test_a_post_begun_before_the_layout_changed_leaves_one_panel(town, store):
    town.panel()
    wait_until(lambda: settled("cards"))
    Panel.objects.update(
        message_id=None,
        sent_hash="",
        sent_layout="",
        post_is_open=True,
        layout="classic",
    )

    town.bot.panels.nudge(store.tenant.pk)
    wait_until(lambda: settled("classic"), secs=30)

    wait_until(lambda: len(shown_panels(town)) == 1)
    [shown] = shown_panels(town)
    assert shown["embeds"][0]["title"] == "🛍️ DIGITAL PRODUCT STORE"


def test_a_post_whose_message_was_deleted_meanwhile_is_nobodys_deletion(town, store):
    first = town.panel()
    wait_until(lambda: settled("cards"))
    town.stop()
    town.control.delete_message(first)
    Panel.objects.update(
        message_id=None, sent_hash="", sent_layout="", post_is_open=True
    )

    town.start()
    wait_until(lambda: settled("cards"), secs=30)

    panel = Panel.objects.get()
    assert (panel.status, panel.reposts) == ("active", 0)
    assert [int(found["id"]) for found in shown_panels(town)] == [panel.message_id]


def test_where_the_bot_may_not_write_the_panel_rests_and_the_seller_knows(town, store):
    town.panel()
    town.control.set_overwrite(
        town.products_id, world.RIZKY_BOT_ROLE_ID, deny=["view_channel"]
    )

    stock.add_items(product=store.product, codes=["NEW-1"], actor="t", now=clock.now())
    wait_until(lambda: Panel.objects.get().status == "paused", secs=10)

    assert Panel.objects.get().paused_reason == "forbidden"
    assert OutgoingMessage.objects.filter(kind="panel_paused").count() == 1
