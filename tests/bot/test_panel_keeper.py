"""When the keeper of panels looks for changes."""

import asyncio
import time
from types import SimpleNamespace

import pytest

from bot import bridge, panel_keeper
from bot.panel_keeper import PanelKeeper

EVERYBODY = SimpleNamespace(accepts=lambda _tenant_id: True)


@pytest.fixture
def looks(monkeypatch):
    """When, and in which store, somebody looked: None stands for all."""
    seen = []

    async def across(_read, _serving, tenant_id=None):
        seen.append((tenant_id, time.monotonic()))
        return []

    monkeypatch.setattr(bridge, "across", across)
    return seen


async def keep(act):
    keeper = PanelKeeper(None, EVERYBODY)
    task = asyncio.create_task(keeper.run())
    await asyncio.sleep(2 * panel_keeper.BREATH_SECS)
    await act(keeper)
    task.cancel()


def test_one_nudge_is_heard_at_once(looks):
    nudged_at = []

    async def nudge(keeper):
        nudged_at.append(time.monotonic())
        keeper.nudge(7)
        async with asyncio.timeout(10):
            while len(looks) < 2:
                await asyncio.sleep(0.01)

    asyncio.run(keep(nudge))

    [(_everywhere, _start), (store, at)] = looks
    assert store == 7
    assert at - nudged_at[0] < panel_keeper.BREATH_SECS


def test_a_stream_of_nudges_is_looked_at_four_times_a_second(looks):
    started = time.monotonic()

    async def nudge(keeper):
        for _again in range(100):
            keeper.nudge(7)
            await asyncio.sleep(0.01)
        keeper.nudge(7)
        looks.append(("quiet", time.monotonic()))
        await asyncio.sleep(2 * panel_keeper.BREATH_SECS)

    asyncio.run(keep(nudge))

    looked = [where for where, _at in looks]
    quiet = looked.index("quiet")
    secs = looks[quiet][1] - started
    assert 2 <= looked[:quiet].count(7) <= secs / panel_keeper.BREATH_SECS
    assert looked[-1] == 7  # the last nudge was not forgotten
