"""Child processes that do a piece of work and kill themselves somewhere in it."""

import gc
import json
import logging
import mmap
import os
import pickle
import random
import signal
import struct
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
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


class Worker:
    """A forked process that does one piece of work after the other until it dies.

    The next piece then gets a new one. Work has to be picklable.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._pid = 0

    def start(self, work: Work, *, armed: Armed | None, seed: str) -> None:
        """Hand over `work`; `armed` says where the process shall kill itself."""
        if not self._pid:
            self._fork()
        self._tally.clear()
        pickle.dump((work, armed, seed), self._orders)
        self._orders.flush()

    def wait(self) -> tuple[Outcome, Counter[str]]:
        """What came of it, and the failpoints that were reached."""
        said = self._answers.readline()
        reached, end = self._tally.read()
        if said:
            kind, facts = json.loads(said)
            return Outcome(kind, facts), reached
        status = self._bury()
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return Outcome(KILLED, {}, end), reached
        return Outcome(FAILED, {"error": f"ended with status {status}"}), reached

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._bury()

    def _fork(self) -> None:
        (orders, self_orders), (self_answers, answers) = os.pipe(), os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(self_orders)
            os.close(self_answers)
            _live(orders, answers, self._tally)
        os.close(orders)
        os.close(answers)
        self._orders = os.fdopen(self_orders, "wb")
        self._answers = os.fdopen(self_answers, "rb")

    def _bury(self) -> int:
        with suppress(BrokenPipeError):
            self._orders.close()
        self._answers.close()
        _pid, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return status


class Rehearsal(Worker):
    """Does the work in this process and never dies: everything is loaded afterwards."""

    def start(self, work: Work, *, armed: Armed | None, seed: str) -> None:
        self._tally.clear()
        self._outcome = Outcome(*_do(work, _Trap(None, self._tally), seed, _Errors()))

    def wait(self) -> tuple[Outcome, Counter[str]]:
        return self._outcome, self._tally.read()[0]


def _live(orders: int, answers: int, tally: Tally) -> None:
    """The process's whole life; never returns."""
    try:
        gc.disable()
        log = _Errors()
        logging.getLogger().handlers = [log]
        with os.fdopen(orders, "rb") as incoming, os.fdopen(answers, "wb") as outgoing:
            while True:
                work, armed, seed = pickle.load(incoming)
                kind, facts = _do(work, _Trap(armed, tally), seed, log)
                outgoing.write(json.dumps([kind, facts], default=str).encode() + b"\n")
                outgoing.flush()
    except EOFError:
        pass  # the parent has no more work
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _do(work: Work, trap: "_Trap", seed: str, log: "_Errors") -> tuple[str, Facts]:
    kind, facts = FAILED, Facts()
    log.lines = []
    random.seed(seed)
    failpoints.install(trap)
    try:
        kind, facts = DONE, work() or {}
    except DomainError as refusal:
        kind, facts = REFUSED, {"code": refusal.code}
    except Exception:
        facts = {"error": traceback.format_exc()}
    finally:
        failpoints.install(None)
    return kind, {**facts, "logged": log.lines} if log.lines else facts


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
