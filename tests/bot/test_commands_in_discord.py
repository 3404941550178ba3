"""Commands: given to servers again after a failure, and usable in direct messages."""

import pytest

from bot.models import OutgoingMessage, ServerSettings
from bot.runtime.cogs import guilds as guilds_cog
from bot.services import tickets
from bot.simulator import world
from bot.simulator.client import text_of
from bot.simulator.running import running
from bot.ui.context import directory
from payments.models import Order
from ppob.kit import clock
from ppob.kit.i18n import speaking
from ppob.kit.scope import tenant_scope
from tests.bot.test_in_discord import code_of, commands, pay, store
from tests.bot.town import Town, answer, find
from tests.factories import make_customer, make_guild, make_product, wait_until

__all__ = ["store"]

SYNC = "*/applications/*/guilds/*/commands"


@pytest.fixture
def quiet_town(store, monkeypatch, jobs):
    """The town before its bot comes."""
    with running() as url, speaking("en"):
        directory.forget(world.RIZKY_GUILD_ID)
        found = Town(url, monkeypatch)
        yield found
        found.close()


def test_commands_that_a_server_did_not_get_are_given_again(
    quiet_town, store, monkeypatch
):
    monkeypatch.setattr(guilds_cog, "COMPARE_EVERY_SECS", 0.2)
    monkeypatch.setattr(guilds_cog, "FIRST_AGAIN_SECS", 0.2)
    quiet_town.control.inject(method="PUT", path=SYNC, status=503, times=2)
    quiet_town.start()

    wait_until(
        lambda: "history" in commands(quiet_town.ayu, quiet_town.products_id), secs=15
    )
    wait_until(lambda: ServerSettings.objects.get().commands_hash != "")


def test_each_try_comes_later_than_the_one_before(monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 1_000.0)

    waits = [guilds_cog.Again.after(failures).at - 1_000 for failures in range(1, 12)]

    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == 900


# --- In direct messages ---------------------------------------------------------------


@pytest.fixture
def town(quiet_town):
    quiet_town.start()
    return quiet_town


def ask(person) -> dict:
    """`/history` in the conversation with the bot."""
    channel = person.open_dm()
    wait_until(lambda: commands(person, channel) == ["history"], secs=15)
    return person.slash(channel, "history")["message"]


def bought(town, store, jobs) -> Order:
    """Ayu has bought and left the server."""
    town.buy(town.ayu, store.product.pk)
    town.ticket_of(town.ayu)
    order = pay(store, jobs)
    town.control.remove(town.guild_id, world.AYU.id)
    return order


def test_a_buyer_finds_their_codes_in_direct_messages(town, store, jobs):
    order = bought(town, store, jobs)

    shown = ask(town.ayu)
    revealed = answer(town.ayu.click(shown, find(shown, "", "v1:reveal:")))
    card = town.ayu.select(shown, [str(order.pk)])

    assert order.code in text_of(shown)
    assert code_of(store, order) in revealed
    assert order.code in text_of(card["message"])


def test_who_bought_nothing_is_told_so(town, store):
    assert "not ordered in any store" in text_of(ask(town.bima))
    assert not OutgoingMessage.objects.exists()


def test_who_bought_in_two_stores_chooses_one(town, store, jobs, borealis):
    order = bought(town, store, jobs)
    with tenant_scope(borealis.pk):
        other = make_customer("ayu", discord_id=world.AYU.id)
        theirs = tickets.open_ticket(
            customer=other,
            guild_id=make_guild(bot_joined_at=clock.now()).pk,
            product_id=make_product(codes=1).pk,
            panel_id=None,
            request_key="discord:77",
            now=clock.now(),
        ).ticket.order

    shown = ask(town.ayu)
    here = town.ayu.click(shown, f"v1:mine:{store.tenant.pk}:0")["message"]
    there = town.ayu.click(shown, f"v1:mine:{borealis.pk}:0")["message"]

    assert "Arcadia" in str(shown["components"])
    assert order.code in text_of(here)
    assert theirs.code not in text_of(here)
    assert theirs.code in text_of(there)


def test_a_store_where_somebody_never_bought_tells_them_nothing(town, store, jobs):
    order = bought(town, store, jobs)

    shown = ask(town.ayu)
    Order.objects.update(customer=make_customer("somebody"))
    told = answer(town.ayu.click(shown, find(shown, "", "v1:reveal:")))
    again = ask(town.ayu)

    assert "belum punya toko" in told
    assert order.code not in text_of(again)
