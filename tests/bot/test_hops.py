"""A press goes to the services' threads and back; every trip more has to be wanted."""

import asyncio

import pytest

from bot import bridge
from tests.bot.test_in_discord import store, town
from tests.bot.town import answer, find, has

__all__ = ["store", "town"]


@pytest.fixture
def trips(monkeypatch):
    """How often pressed buttons went there; what the bot does by itself is left out."""
    made = []
    run = bridge._run

    async def counted(work):
        task = asyncio.current_task()
        if task is not None and task.get_name().startswith("discord-ui-dynamic-item"):
            made.append(work)
        return await run(work)

    monkeypatch.setattr(bridge, "_run", counted)
    return made


def test_ways_to_pay_are_two_trips(town, trips):
    panel = town.panel(town.ayu)

    answer(town.ayu.click(panel, find(panel, "", "v1:methods:")))

    assert len(trips) == 2  # who presses where; what there is


def test_a_ticket_is_five_trips(town, store, trips):
    town.buy(town.ayu, store.product.pk)
    channel = town.ticket_of(town.ayu)
    town.ayu.wait_for_message(channel, lambda m: has(m, "v1:pay:"))

    # Who presses where; the order; what its channel needs; where it stands.
    assert len(trips) <= 5
