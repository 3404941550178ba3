"""Child processes: one step each, with a place where it kills itself, or none."""

import gc
import json
import logging
import mmap
import os
import random
import signal
import struct
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ppob.kit import failpoints
from ppob.kit.errors import DomainError
from tests.crash import points

Facts = dict[str, Any]
Work = Callable[[], Facts | None]

KILLED, DONE, REFUSED, FAILED = "killed", "done", "refused", "failed"
_INT = struct.calcsize("i")
_UNKNOWN = "(not in the source)"


@dataclass(frozen=True)
class Armed:
    """Where to die: at the `turn`-th failpoint, or the `turn`-th of this name."""

    turn: int
    name: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a child; `at` is the failpoint at which it was killed."""

    kind: str
    facts: Facts
    at: str = ""


class Tally:
    """How often each failpoint was reached, in memory that outlives the child."""

    def __init__(self) -> None:
        self.names = [_UNKNOWN, *sorted(points.catalogue())]
        self._index = {name: place for place, name in enumerate(self.names)}
        self._memory = mmap.mmap(-1, _INT * (len(self.names) + 1))

    def clear(self) -> None:
        self._memory[:] = bytes(len(self._memory))

    def reach(self, name: str) -> int:
        """Count one more; how many there are of this name."""
        return self._add(1 + self._index.get(name, 0))

    def note_end(self, name: str) -> None:
        """The process is about to die here."""
        struct.pack_into("i", self._memory, 0, 1 + self._index.get(name, 0))

    def read(self) -> tuple[Counter[str], str]:
        """What was reached, and where it ended ("" if nowhere)."""
        end, *counts = struct.unpack(f"{len(self.names) + 1}i", self._memory[:])
        reached = Counter(
            {
                name: count
                for name, count in zip(self.names, counts, strict=True)
                if count
            }
        )
        return reached, self.names[end - 1] if end else ""

    def _add(self, place: int) -> int:
        (count,) = struct.unpack_from("i", self._memory, place * _INT)
        struct.pack_into("i", self._memory, place * _INT, count + 1)
        return int(count) + 1


class Child:
    """One forked process that does `work` and tells what came of it."""

    def __init__(self, work: Work, *, armed: Armed | None, seed: str, tally: Tally):
        tally.clear()
        self._tally = tally
        self._reader, writer = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(self._reader)
            _live(work, armed, seed, tally, writer)
        os.close(writer)

    def wait(self) -> tuple[Outcome, Counter[str]]:
        """Its outcome and the failpoints it reached."""
        with os.fdopen(self._reader, "rb") as stream:
            said = stream.read()
        _pid, status = os.waitpid(self._pid, 0)
        reached, end = self._tally.read()
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return Outcome(KILLED, {}, end), reached
        if not said:
            return Outcome(FAILED, {"error": f"ended with status {status}"}), reached
        kind, facts = json.loads(said)
        return Outcome(kind, facts), reached


def _live(
    work: Work, armed: Armed | None, seed: str, tally: Tally, writer: int
) -> None:
    """The child's whole life; never returns."""
    kind, facts = FAILED, Facts()
    log = _Errors()
    try:
        gc.disable()
        random.seed(seed)
        logging.getLogger().handlers = [log]
        failpoints.install(_Trap(armed, tally))
        kind, facts = DONE, work() or {}
    except DomainError as refusal:
        kind, facts = REFUSED, {"code": refusal.code}
    except BaseException:
        facts = {"error": traceback.format_exc()}
    finally:
        if log.lines:
            facts = {**facts, "logged": log.lines}
        os.write(writer, json.dumps([kind, facts], default=str).encode())
        os._exit(0)


class _Errors(logging.Handler):
    """Keeps errors that an outermost edge has caught and logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.lines.append(logging.Formatter().format(record))


class _Trap:
    """Counts failpoints and kills the process at the armed one."""

    def __init__(self, armed: Armed | None, tally: Tally) -> None:
        self._armed, self._tally, self._turn = armed, tally, 0

    def __call__(self, name: str) -> None:
        self._tally.reach(name)
        if self._armed is None or self._armed.name not in ("", name):
            return
        self._turn += 1
        if self._turn == self._armed.turn:
            self._tally.note_end(name)
            os.kill(os.getpid(), signal.SIGKILL)
