"""How often a channel's panels are edited."""

import asyncio

import pytest

from bot.runtime.edit_queue import FRESH_EVERY, OLD_EVERY, EditQueue, Outcome, Pace


class FakeTime:
    """A clock whose time passes only by sleeping."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        self._sleep = asyncio.sleep
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    def __call__(self):
        return self.now

    async def sleep(self, secs):
        self.now += secs
        await self._sleep(0)


@pytest.fixture
def fake_time(monkeypatch):
    return FakeTime(monkeypatch)


class Screen:
    """What Discord shows of one panel, and when it was edited."""

    def __init__(self, fake_time, outcomes=()):
        self.time, self.truth, self.shown, self.edits = fake_time, 0, 0, []
        self.outcomes = list(outcomes)

    async def turn(self, panel_id):
        if self.shown == self.truth:
            return Outcome.NOTHING
        self.edits.append(self.time.now)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome.SENT
        if outcome not in (Outcome.AGAIN, Outcome.LIMITED):
            self.shown = self.truth
        return outcome


async def settle(fake_time, screen, *, until):
    while fake_time.now < until and screen.shown != screen.truth:
        await asyncio.sleep(0.1)


@pytest.fixture
async def running():
    tasks = []

    def run(queue):
        tasks.append(asyncio.create_task(queue.run()))

    yield run
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_change_on_a_quiet_panel_is_shown_at_once(fake_time, running):
    screen = Screen(fake_time)
    queue = EditQueue(screen.turn, clock=fake_time)
    running(queue)

    screen.truth = 1
    queue.mark(1)
    await settle(fake_time, screen, until=5)

    assert screen.shown == 1
    assert fake_time.now < 1


async def test_a_thousand_changes_in_a_minute_end_in_the_right_picture(
    fake_time, running
):
    screen = Screen(fake_time)
    queue = EditQueue(screen.turn, clock=fake_time)
    running(queue)

    for change in range(1, 1001):
        screen.truth = change
        queue.mark(1)
        fake_time.now += 0.06
        await fake_time.sleep(0)
    finished = fake_time.now
    await settle(fake_time, screen, until=finished + 30)

    assert screen.shown == 1000
    assert fake_time.now - finished <= 8
    window = [len([e for e in screen.edits if s <= e < s + 5]) for s in screen.edits]
    assert max(window) <= 5


async def test_marking_without_a_change_edits_nothing(fake_time, running):
    screen = Screen(fake_time)
    queue = EditQueue(screen.turn, clock=fake_time)
    running(queue)

    for _ in range(20):
        queue.mark(1)
        await asyncio.sleep(0.1)

    assert screen.edits == []
    assert queue.pace.turns == 2


async def test_an_edit_too_many_is_tried_again_more_slowly(fake_time):
    screen = Screen(fake_time, [Outcome.LIMITED, Outcome.LIMITED])
    queue = EditQueue(screen.turn, clock=fake_time)
    screen.truth = 1
    queue.mark(1)

    await queue.step()
    first = queue.pace.every
    await queue.step()
    second = queue.pace.every
    await queue.step()

    assert (first, second) == (OLD_EVERY, OLD_EVERY * 2)
    assert screen.shown == 1
    assert queue.pace.every < second


async def test_the_interval_never_exceeds_a_minute(fake_time):
    screen = Screen(fake_time, [Outcome.LIMITED] * 20)
    queue = EditQueue(screen.turn, clock=fake_time)
    screen.truth = 1
    queue.mark(1)

    for _ in range(20):
        await queue.step()

    assert queue.pace.every == 60


async def test_after_a_storm_the_panel_is_right_within_seconds(fake_time, running):
    """Ten minutes in which every edit is answered with 5xx."""
    storm = 600.0
    screen = Screen(fake_time)

    async def turn(panel_id):
        if fake_time.now < storm:
            screen.edits.append(fake_time.now)
            return Outcome.AGAIN
        return await screen.turn(panel_id)

    queue = EditQueue(turn, clock=fake_time)
    running(queue)
    screen.truth = 1
    queue.mark(1)
    await settle(fake_time, screen, until=storm + 60)

    assert screen.shown == 1
    assert fake_time.now - storm < 9
    assert len(screen.edits) < 100  # and it was no storm of ours
    assert queue.pace.every == FRESH_EVERY


def test_old_messages_are_edited_three_times_in_twenty_seconds_at_most():
    pace = Pace(2, FRESH_EVERY)
    pace.change(burst=1, every=OLD_EVERY)
    now, edits = 0.0, []

    while now < 100:
        wait = pace.wait(now)
        if not wait:
            pace.take()
            edits.append(now)
        now += max(wait, 0.001)

    assert max(len([e for e in edits if s <= e < s + 20]) for s in edits) <= 3


async def test_panels_of_one_channel_take_turns(fake_time, running):
    order = []

    async def turn(panel_id):
        order.append(panel_id)
        return Outcome.SENT

    queue = EditQueue(turn, clock=fake_time)
    for panel_id in (3, 1, 2, 3):
        queue.mark(panel_id)
    running(queue)
    await asyncio.sleep(20)
    await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(1)

    assert order == [3, 1, 2]
