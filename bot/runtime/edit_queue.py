"""How often a channel's panels may be edited, whatever happens in the store.

Discord limits message edits per channel, and edits of messages older than an hour much
more. A queue knows only *which* panels changed; what they look like is read when their
turn comes, so fifty changes become one edit and the last state always wins.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

Clock = Callable[[], float]


class Outcome(Enum):
    """What came of a panel's turn."""

    NOTHING = "nothing"  # it looked like that already, or there is nothing to show
    SENT = "sent"
    SLOW = "slow"  # sent, but Discord made us wait
    LIMITED = "limited"  # refused: too often
    AGAIN = "again"  # it did not work, which says nothing about how often we may


@dataclass
class Pace:
    """A bucket of turns: `burst` at once, then one every `every` seconds."""

    burst: int
    every: float

    def __post_init__(self) -> None:
        self.turns = float(self.burst)
        self._stamp: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until there is a turn."""
        if self._stamp is not None:
            self.turns += (now - self._stamp) / self.every
        self._stamp = now
        self.turns = min(float(self.burst), self.turns)
        return 0.0 if self.turns >= 1 else (1 - self.turns) * self.every

    def take(self) -> None:
        """Use one turn."""
        self.turns -= 1

    def change(self, *, burst: int, every: float) -> None:
        """Go on at another pace."""
        self.burst, self.every = burst, every
        self.turns = min(self.turns, float(burst))


FRESH_BURST, FRESH_EVERY = 2, 3.5
OLD_BURST, OLD_EVERY = 1, 7.0
SLOWEST = 60.0
FIRST_REST, LONGEST_REST = 1.0, 8.0  # between tries while Discord itself has trouble
_RECOVERY = 0.9

Turn = Callable[[int], Awaitable[Outcome]]


class EditQueue:
    """One channel: its panels take turns. `turn` draws one panel and says what came."""

    def __init__(self, turn: Turn, *, clock: Clock = time.monotonic) -> None:
        self._turn = turn
        self._clock = clock
        self._dirty: dict[int, None] = {}
        self._wake = asyncio.Event()
        self._failures = 0
        self._rests_until = float("-inf")
        self.pace = Pace(FRESH_BURST, FRESH_EVERY)

    def mark(self, panel_id: int) -> None:
        """This panel may look different now."""
        self._dirty[panel_id] = None
        self._wake.set()

    def is_old(self, *, is_old: bool) -> None:
        """Messages older than an hour are edited more rarely."""
        if is_old and self.pace.every < OLD_EVERY:
            self.pace.change(burst=OLD_BURST, every=OLD_EVERY)

    async def run(self) -> None:
        """Draw marked panels for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._dirty:
                now = self._clock()
                delay = max(self.pace.wait(now), self._rests_until - now)
                if delay > 0:
                    await asyncio.sleep(delay)
                    continue
                await self.step()

    async def step(self) -> None:
        """Give the panel that waits longest its turn."""
        panel_id = next(iter(self._dirty))
        del self._dirty[panel_id]
        outcome = await self._turn(panel_id)
        if outcome is Outcome.NOTHING:
            return
        if outcome is Outcome.AGAIN:
            self._rest(panel_id)
            return
        self._failures = 0
        self.pace.take()
        if outcome is Outcome.SENT:
            base = FRESH_EVERY if self.pace.burst == FRESH_BURST else OLD_EVERY
            every = max(base, self.pace.every * _RECOVERY)
            self.pace.change(burst=self.pace.burst, every=every)
            return
        every = min(SLOWEST, max(OLD_EVERY, self.pace.every * 2))
        self.pace.change(burst=OLD_BURST, every=every)
        if outcome is Outcome.LIMITED:
            self.mark(panel_id)

    def _rest(self, panel_id: int) -> None:
        """Try again in seconds, however long the trouble lasts; the pace stays."""
        rest = min(LONGEST_REST, FIRST_REST * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        self._rests_until = self._clock() + rest
        self.mark(panel_id)
