"""One clock for all processes of a run: it moves when it is read or pushed on."""

import mmap
import struct
from datetime import datetime, timedelta

from tests.factories import NOON

_TICK_MICROSECONDS = 1_000
_FORMAT = "q"


class SharedClock:
    """Starts at noon; children of a fork see the same time."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, struct.calcsize(_FORMAT))

    def now(self) -> datetime:
        """A moment later than the last one (never the same twice in one process)."""
        return NOON + timedelta(microseconds=self._move(_TICK_MICROSECONDS))

    def peek(self) -> datetime:
        """The time, without moving it."""
        return NOON + timedelta(microseconds=self._move(0))

    def advance(self, secs: float) -> None:
        """Let time pass for everybody."""
        self._move(int(secs * 1_000_000))

    def restart(self) -> None:
        """It is noon again."""
        struct.pack_into(_FORMAT, self._memory, 0, 0)

    def _move(self, microseconds: int) -> int:
        (value,) = struct.unpack_from(_FORMAT, self._memory, 0)
        struct.pack_into(_FORMAT, self._memory, 0, value + microseconds)
        moved: int = value + microseconds
        return moved
