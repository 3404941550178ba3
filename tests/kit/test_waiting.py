"""Waiting with a limit, and being stopped while waiting."""

import asyncio

import pytest

from ppob.kit.waiting import wait_until_set


async def test_the_limit_ends_the_wait():
    event = asyncio.Event()

    assert not await wait_until_set(event, secs=0.01)

    event.set()
    assert await wait_until_set(event, secs=10)


@pytest.mark.parametrize("turns", range(4))
async def test_who_is_stopped_while_the_event_comes_still_stops(turns):
    event, rounds = asyncio.Event(), []

    async def work_for_ever():
        while True:
            rounds.append(await wait_until_set(event, secs=10))
            event.clear()

    working = asyncio.create_task(work_for_ever())
    await asyncio.sleep(0)  # it begins, and waits

    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    working.cancel()

    done, _late = await asyncio.wait([working], timeout=1)
    assert done == {working}
    assert working.cancelled()
    assert len(rounds) <= 1
