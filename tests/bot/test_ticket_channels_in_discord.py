"""Tickets' channels when Discord is full, slow, half broken or asks for patience."""

import asyncio
from datetime import timedelta

import discord
import pytest

from bot.messages.tickets import Refusal, draw_refusal
from bot.models import ServerSettings, Ticket
from bot.runtime.categories import CATEGORY_CHANNELS
from bot.runtime.channel_maker import (
    NEEDED,
    ChannelComesLater,
    ChannelsLimited,
    _missing,
)
from bot.runtime.cogs import tickets as tickets_cog
from bot.services import tickets
from bot.simulator.client import text_of
from bot.states import TicketStatus
from inventory import selectors
from payments.models import Order
from payments.states import OrderStatus
from ppob.kit import clock
from ppob.kit.i18n import speaking
from tests.bot.test_in_discord import store, town
from tests.factories import add_codes, make_customer, wait_until

__all__ = ["store", "town"]

CHANNELS = "*/guilds/*/channels"


@pytest.fixture
def categories(town):
    """The server's categories for tickets and how many channels each has."""

    def read() -> dict[str, int]:
        guild = town.bot.get_guild(town.guild_id)
        return {
            found.name: len(found.channels)
            for found in guild.categories
            if found.name.startswith("TIKET")
        }

    return read


def open_tickets(store, count: int) -> list[int]:
    """So many buyers have pressed Buy; their channels are still to be made."""
    add_codes(store.product, count)
    return [
        tickets.open_ticket(
            customer=make_customer(f"buyer{number}"),
            guild_id=store.guild.pk,
            product_id=store.product.pk,
            panel_id=None,
            request_key=f"discord:{number}",
            now=clock.now() - timedelta(minutes=1),
        ).ticket.pk
        for number in range(count)
    ]


def make_all(town, store, pks: list[int]) -> list[int]:
    """Make these tickets' channels all at once; the channels' ids."""

    async def rush():
        made = (town.bot.ticket_channels.make(store.tenant.pk, pk) for pk in pks)
        return await asyncio.gather(*made)

    return asyncio.run_coroutine_threadsafe(rush(), town.loop).result(90)


async def _fill(town, count: int) -> None:
    guild = town.bot.get_guild(town.guild_id)
    category = await guild.create_category("TIKET")
    for number in range(count):
        await guild.create_text_channel(f"old-{number}", category=category)


def test_a_rush_makes_one_category(town, store, categories):
    made = make_all(town, store, open_tickets(store, 6))

    assert len(set(made)) == 6
    assert categories() == {"TIKET": 6}


def test_forty_buyers_while_the_category_fills(town, store, categories):
    town.control.set_limits(False)  # how fast is another question
    town.run(_fill(town, CATEGORY_CHANNELS - 5))
    town.control.inject(
        method="POST", path=CHANNELS, kind="slow", delay_secs=0.3, times=100
    )

    made = make_all(town, store, open_tickets(store, 40))

    assert len(set(made)) == 40
    assert categories() == {"TIKET": 50, "TIKET 2": 35}
    assert not Ticket.objects.filter(channel_id=None).exists()
    assert set(Order.objects.values_list("status", flat=True)) == {"awaiting_payment"}


def test_a_category_that_discord_finds_full_is_passed_over(town, store, categories):
    town.run(_fill(town, 1))
    town.control.inject(
        method="POST",
        path=CHANNELS,
        field="parent_id",
        message="Maximum number of channels in category reached (50)",
    )

    make_all(town, store, open_tickets(store, 1))

    assert categories() == {"TIKET": 1, "TIKET 2": 1}


def test_a_category_gets_a_number_that_none_has(town, store, categories):
    async def leave_a_gap() -> None:
        guild = town.bot.get_guild(town.guild_id)
        first = await guild.create_category("TIKET")
        third = await guild.create_category("TIKET 3")
        for category in (first, third):
            for number in range(CATEGORY_CHANNELS):
                await guild.create_text_channel(f"old-{number}", category=category)

    town.control.set_limits(False)
    asyncio.run_coroutine_threadsafe(leave_a_gap(), town.loop).result(90)

    make_all(town, store, open_tickets(store, 1))

    assert categories() == {"TIKET": 50, "TIKET 2": 1, "TIKET 3": 50}


def test_the_sellers_own_category_goes_on_under_its_name(town, store):
    async def fill():
        guild = town.bot.get_guild(town.guild_id)
        category = await guild.create_category("Pesanan")
        for number in range(CATEGORY_CHANNELS):
            await guild.create_text_channel(f"old-{number}", category=category)
        return category.id

    town.control.set_limits(False)
    chosen = asyncio.run_coroutine_threadsafe(fill(), town.loop).result(60)
    ServerSettings.objects.update(ticket_category_id=chosen)

    [channel_id] = make_all(town, store, open_tickets(store, 1))

    guild = town.bot.get_guild(town.guild_id)
    assert guild.get_channel(channel_id).category.name == "Pesanan 2"
    assert ServerSettings.objects.get().ticket_category_id == chosen


def test_a_server_without_room_is_said_to_be_full(town, store):
    town.control.inject(method="POST", path=CHANNELS, status=400, code=30013, times=2)

    told = town.buy(town.bima, store.product.pk)

    assert "nothing was charged" in told
    assert Order.objects.get().status == OrderStatus.CANCELLED
    line = town.rizky.wait_for_message(town.log_id, lambda found: True)
    assert "channel di server terlalu banyak" in text_of(line)


# --- Patience -------------------------------------------------------------------------


def test_a_long_wait_is_said_with_its_time_and_nothing_is_ordered(town, store):
    town.control.inject(
        method="POST", path=CHANNELS, status=429, retry_after=600, times=1
    )

    first = town.buy(town.bima, store.product.pk)
    second = town.buy(town.bima, store.product.pk)

    for told in (first, second):
        assert "Nothing was ordered" in told
        assert "<t:" in told
    assert [order.status for order in Order.objects.all()] == [OrderStatus.CANCELLED]
    assert selectors.available([store.product.pk]) == {store.product.pk: 3}


def test_a_short_wait_keeps_the_order_and_its_ticket_opens_by_itself(town, store):
    town.control.inject(
        method="POST", path=CHANNELS, status=429, retry_after=40, times=1
    )

    told = town.buy(town.bima, store.product.pk)
    Ticket.objects.update(created_at=clock.now() - timedelta(minutes=1))
    town.run(town.bot.get_cog("Tickets").repair())

    assert "opens by itself" in told
    assert "<t:" in told
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT
    assert Ticket.objects.get().channel_id == town.ticket_of(town.bima)


def test_the_times_are_those_discord_gave(monkeypatch):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)

    for refusal in (ChannelComesLater(60), ChannelsLimited(600)):
        secs = 60 if isinstance(refusal, ChannelComesLater) else 600
        assert f"<t:{int(now.timestamp()) + secs + 1}:R>" in str(refusal)


# --- Half made ------------------------------------------------------------------------


def test_a_channel_whose_answer_was_a_502_is_found_and_removed(
    town, store, monkeypatch
):
    monkeypatch.setattr(tickets_cog, "LEFT_AFTER", timedelta(0))
    town.run(_fill(town, 1))
    town.control.inject(
        method="POST", path=CHANNELS, kind="error_after", status=502, times=1
    )

    town.buy(town.ayu, store.product.pk)
    guild = town.bot.get_guild(town.guild_id)

    def ours() -> list[int]:
        return [found.id for found in guild.text_channels if found.topic]

    ticket = Ticket.objects.get()
    wait_until(lambda: len(ours()) == 2)
    town.run(town.bot.get_cog("Tickets").repair())

    wait_until(lambda: ours() == [ticket.channel_id])
    assert ticket.status == TicketStatus.OPEN
    assert town.ticket_of(town.ayu) == ticket.channel_id


def test_a_channel_whose_answer_was_lost_is_the_tickets_own(town, store):
    """The line was cut after Discord had made it."""
    town.run(_fill(town, 1))
    town.control.inject(method="POST", path=CHANNELS, kind="lost_reply", times=1)

    told = town.buy(town.bima, store.product.pk)
    guild = town.bot.get_guild(town.guild_id)
    wait_until(lambda: any(found.topic for found in guild.text_channels))
    Ticket.objects.update(created_at=clock.now() - timedelta(minutes=1))
    town.run(town.bot.get_cog("Tickets").repair())

    assert "opens by itself" in told
    [made] = [found.id for found in guild.text_channels if found.topic]
    assert Ticket.objects.get().channel_id == made
    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT


def test_a_channel_that_was_not_private_never_stays(town, store, monkeypatch):
    monkeypatch.setattr(tickets_cog, "LEFT_AFTER", timedelta(0))
    monkeypatch.setattr("bot.runtime.channel_maker._overwrites", lambda guild, plan: {})
    town.control.inject(
        method="DELETE", path="*/channels/*", status=403, code=50001, times=1
    )

    told = town.buy(town.bima, store.product.pk)
    guild = town.bot.get_guild(town.guild_id)
    assert "nothing was charged" in told
    assert len([found for found in guild.text_channels if found.topic]) == 1

    town.run(town.bot.get_cog("Tickets").repair())

    wait_until(lambda: not [found for found in guild.text_channels if found.topic])
    assert Ticket.objects.get().status == TicketStatus.CLOSED


def test_a_channel_from_before_a_crash_is_looked_at_again(town, store, monkeypatch):
    pks = open_tickets(store, 1)
    town.control.inject(method="GET", path="*/channels/*", status=503, times=1)
    with monkeypatch.context() as patch:
        patch.setattr("bot.runtime.channel_maker._overwrites", lambda guild, plan: {})
        with pytest.raises(ChannelComesLater):
            make_all(town, store, pks)

    town.run(town.bot.get_cog("Tickets").repair())

    ticket = Ticket.objects.get()
    assert (ticket.channel_id, ticket.status) == (None, TicketStatus.CLOSED)
    assert Order.objects.get().status == OrderStatus.CANCELLED


# --- What is missing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("view_channel", "**See channels**"),
        ("send_messages", "**Send messages**"),
        ("read_message_history", "**Read message history**"),
        ("attach_files", "**Attach files**"),
        ("embed_links", "**Embed links**"),
        ("manage_channels", "**Manage channels**"),
    ],
)
def test_the_advice_names_the_permission_that_is_missing(name, words):
    rights = discord.Permissions(**{**dict.fromkeys(NEEDED, True), name: False})

    with speaking("en"):
        advice = draw_refusal(Refusal(_missing(rights))).embed.text

    assert words in advice


def test_nothing_is_missing_where_nothing_is_needed():
    assert _missing(discord.Permissions(**dict.fromkeys(NEEDED, True))) == ""
    assert _missing(discord.Permissions.all()) == ""
