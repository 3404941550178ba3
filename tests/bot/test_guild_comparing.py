"""Servers that came are looked for every five seconds, ones that went when it pays."""

import asyncio
from types import SimpleNamespace

import pytest

from bot.cross_tenant.servers import list_changed_guilds
from bot.cross_tenant.serving import Serving
from bot.runtime.cogs import guilds
from bot.runtime.cogs.guilds import COMPARE_ALL_EVERY_SECS, Guilds
from tests.conftest import NOON
from tests.factories import make_guild


@pytest.fixture
def compare(monkeypatch):
    """Compare at this moment, being in these servers; whether all rows were read."""
    bot = SimpleNamespace(serving=Serving(), guilds=[])
    cog = Guilds(bot)
    read = []

    async def across(_question, _serving, *, present, may_have_left):
        read.append(may_have_left)
        return []

    monkeypatch.setattr("bot.bridge.across", across)

    def work(at, *present, serving=None):
        monkeypatch.setattr(guilds.time, "monotonic", lambda: at)
        bot.guilds = [SimpleNamespace(id=each) for each in present]
        bot.serving = serving or Serving()
        asyncio.run(cog.compare())
        return read[-1]

    return work


def test_all_rows_are_read_when_something_may_have_changed_and_each_minute(compare):
    assert compare(0.0, 1, 2)
    assert not compare(5.0, 2, 1)
    assert compare(10.0, 1)
    assert not compare(15.0, 1)
    assert compare(20.0, 1, serving=Serving(only=7))
    assert not compare(25.0, 1, serving=Serving(only=7))
    assert compare(20.0 + COMPARE_ALL_EVERY_SECS, 1, serving=Serving(only=7))


def test_a_server_that_the_bot_left_is_found_by_all_rows_alone(in_arcadia):
    went = make_guild(1, bot_joined_at=NOON)
    came, _absent = make_guild(2), make_guild(3)

    def found(**how):
        return list_changed_guilds(Serving(), present={2}, **how)

    assert found() == [came, went]
    assert found(may_have_left=False) == [came]
