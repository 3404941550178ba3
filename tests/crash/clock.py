"""One clock for all processes of a run: it moves when it is read or pushed on."""

import fcntl
import mmap
import struct
import tempfile
import threading
from datetime import datetime, timedelta

from tests.factories import NOON

_TICK_MICROSECONDS = 1_000
_FORMAT = "q"


class SharedClock:
    """Starts at noon; children of a fork see the same time, and it never goes back."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, struct.calcsize(_FORMAT))
        # The system takes a file's lock from a process that is killed.
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the clock
        self._of_this_process = threading.Lock()

    def now(self) -> datetime:
        """A moment later than the last one: no two readers see the same."""
        return NOON + timedelta(microseconds=self._move(_TICK_MICROSECONDS))

    def peek(self) -> datetime:
        """The time, without moving it."""
        return NOON + timedelta(microseconds=self._read())

    def advance(self, secs: float) -> None:
        """Let time pass for everybody."""
        self._move(int(secs * 1_000_000))

    def restart(self) -> None:
        """It is noon again."""
        struct.pack_into(_FORMAT, self._memory, 0, 0)

    def _move(self, microseconds: int) -> int:
        with self._of_this_process:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                moved = self._read() + microseconds
                struct.pack_into(_FORMAT, self._memory, 0, moved)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
        return moved

    def _read(self) -> int:
        (value,) = struct.unpack_from(_FORMAT, self._memory, 0)
        return int(value)
