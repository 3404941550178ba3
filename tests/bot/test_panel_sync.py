"""When the panel sync looks for changes."""

import asyncio
from types import SimpleNamespace

import pytest

from bot import bridge
from bot.cross_tenant.panels import Changes, list_panel_states_after, read_changes
from bot.runtime import panel_sync
from bot.runtime.panel_sync import BREATH_SECS, TICK_SECS, PanelSync
from tests.bot.virtual import VirtualLoop, run

ALL = SimpleNamespace(accepts=lambda tenant_id: tenant_id != STRANGER)
STRANGER = 8


@pytest.fixture
def loop(monkeypatch):
    loop = VirtualLoop()
    monkeypatch.setattr(panel_sync, "time", loop)
    return loop


@pytest.fixture
def looks(monkeypatch, loop):
    """When, and in which store, somebody looked: None stands for all."""
    seen = []

    async def across(read, *_what, tenant_ids=None, **_how):
        if read is read_changes:
            return Changes(frozenset(), until=1)
        if read is list_panel_states_after:
            where = None
        else:
            where = tuple(tenant_ids) if tenant_ids is not None else None
        seen.append((where, loop.time()))
        return []

    monkeypatch.setattr(bridge, "across", across)
    return seen


@pytest.fixture
def keep(loop, looks):
    """Let a panel sync work while something happens to it."""

    async def work(act):
        sync = PanelSync(None, ALL)
        task = asyncio.create_task(sync.run())
        await asyncio.sleep(2 * BREATH_SECS)
        await act(sync)
        task.cancel()

    return lambda act: run(work(act), loop)


def test_one_nudge_is_heard_at_once(keep, looks):
    async def nudge(sync):
        sync.nudge(7)
        await asyncio.sleep(BREATH_SECS)

    keep(nudge)

    assert looks == [(None, 0.0), ((7,), 2 * BREATH_SECS)]


def test_a_stream_of_nudges_is_looked_at_four_times_a_second(keep, looks):
    async def nudge(sync):
        for _again in range(100):
            sync.nudge(7)
            await asyncio.sleep(0.01)
        sync.nudge(7)
        await asyncio.sleep(2 * BREATH_SECS)

    keep(nudge)

    _everywhere, *heard = looks
    assert {where for where, _at in heard} == {(7,)}
    times = [at for _where, at in heard]
    assert times == pytest.approx([0.5, 0.75, 1.0, 1.25, 1.5, 1.75])
    assert times[-1] >= 1.5  # the last nudge, at 1.5 s, was not forgotten


def test_without_a_nudge_it_looks_once_a_tick(keep, looks):
    async def be_quiet(_sync):
        await asyncio.sleep(3 * TICK_SECS)

    keep(be_quiet)

    assert looks == [(None, TICK_SECS * tick) for tick in range(4)]


def test_a_nudge_of_a_store_it_does_not_serve_wakes_nobody(keep, looks):
    async def nudge(sync):
        sync.nudge(STRANGER)
        await asyncio.sleep(BREATH_SECS)

    keep(nudge)

    assert looks == [(None, 0.0)]
