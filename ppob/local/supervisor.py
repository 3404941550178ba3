"""Keeps a set of programs running: starts, watches, restarts and stops them.

One thread and one loop: it waits for output, for signals and for the next start that
is due. Programs die with it (see `processes.spawn`).
"""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ppob.local import processes
from ppob.local.console import Console
from ppob.local.processes import Program, StartFailed

# A second wait each time it fails again; calm again after a good minute.
BACK_OFF_SECS = (1, 2, 4, 8, 15, 30)
GOOD_RUN_SECS = 60
PROBE_EVERY_SECS = 0.2
IDLE_SECS = 5.0
PATIENCE_SECS = 30.0


class _Child:
    """A program and what we know of its current process."""

    def __init__(self, program: Program, *, due_at: float) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.is_ready = False
        self.due_at = due_at
        self.started_at = 0.0
        self.probed_at = 0.0
        self.failures = 0
        self.unfinished_line = b""

    def plan_restart(self, now: float) -> float:
        """Decide when to start again; the wait in seconds."""
        if now - self.started_at >= GOOD_RUN_SECS:
            self.failures = 0
        wait = BACK_OFF_SECS[min(self.failures, len(BACK_OFF_SECS) - 1)]
        self.failures += 1
        self.due_at = now + wait
        return wait


class Supervisor:
    """Runs groups of programs; the group added last is stopped first.

    `folder` is the locked data folder in which it records what runs.
    """

    def __init__(self, *, console: Console, folder: Path) -> None:
        self._console = console
        self._folder = folder
        self._groups: list[list[_Child]] = []
        self._selector = selectors.DefaultSelector()
        self._is_stopping = False

    def add(self, programs: list[Program]) -> None:
        """Start these programs from now on; each waits for those it needs."""
        now = time.monotonic()
        self._groups.append([_Child(program, due_at=now) for program in programs])

    def start_now(self, programs: list[Program]) -> None:
        """Start programs and return when all are ready; StartFailed if one is not."""
        self.add(programs)
        self._start_due()
        for child in self._groups[-1]:
            if child.process is None:
                raise StartFailed(f"{child.program.name} could not be started.")
            processes.wait_until_ready(child.program, child.process)
            child.is_ready = True

    def run(self, *, on_ready: Callable[[], None]) -> None:
        """Watch everything until SIGINT or SIGTERM; `on_ready` is called once."""
        announce: Callable[[], None] | None = on_ready
        patience_ends_at = time.monotonic() + PATIENCE_SECS
        with self._watched_signals():
            while not self._is_stopping:
                self._start_due()
                self._probe()
                waited_for = [
                    _name(each) for each in self._children if not each.is_ready
                ]
                if announce and not waited_for:
                    announce()
                    announce = None
                elif announce and time.monotonic() > patience_ends_at:
                    patience_ends_at += PATIENCE_SECS
                    self._console.say(f"Still waiting for {', '.join(waited_for)}.")
                self._pump(self._next_wait())
                self._restart_ended()

    def stop(self) -> None:
        """Stop every program, group by group, and leave nothing behind."""
        for group in reversed(self._groups):
            # Whoever needs another program leaves before it.
            self._stop_group([child for child in group if child.program.needs])
            self._stop_group([child for child in group if not child.program.needs])
        self._record()

    @property
    def _children(self) -> list[_Child]:
        return [child for group in self._groups for child in group]

    def _start_due(self) -> None:
        now = time.monotonic()
        ready = {child.program.name for child in self._children if child.is_ready}
        for child in self._children:
            is_due = child.process is None and child.due_at <= now
            if is_due and ready.issuperset(child.program.needs):
                self._start(child, now)

    def _start(self, child: _Child, now: float) -> None:
        child.started_at = now
        try:
            child.process = processes.spawn(child.program)
        except OSError as problem:
            wait = child.plan_restart(now)
            self._console.say(f"{_name(child)} cannot start ({problem}); in {wait} s.")
            return
        output = child.process.stdout
        if output:
            os.set_blocking(output.fileno(), False)
            self._selector.register(output, selectors.EVENT_READ, child)
        self._record()

    def _probe(self) -> None:
        now = time.monotonic()
        for child in self._children:
            is_waiting = child.process is not None and not child.is_ready
            if is_waiting and now - child.probed_at >= PROBE_EVERY_SECS:
                child.is_ready = child.program.probe()
                child.probed_at = time.monotonic()

    def _next_wait(self) -> float:
        now = time.monotonic()
        waits = [
            child.due_at - now if child.process is None else PROBE_EVERY_SECS
            for child in self._children
            if not child.is_ready
        ]
        return min([IDLE_SECS, *(max(wait, 0.05) for wait in waits)])

    def _pump(self, wait_secs: float) -> None:
        for key, _ in self._selector.select(wait_secs):
            if isinstance(key.data, _Child):
                self._read(key.data)
            elif isinstance(key.fileobj, socket.socket):
                key.fileobj.recv(4096)

    def _read(self, child: _Child) -> None:
        output = child.process.stdout if child.process else None
        if output is None:
            return
        try:
            chunk = os.read(output.fileno(), 65536)
        except BlockingIOError:
            return
        if not chunk:
            self._selector.unregister(output)
            output.close()
            return
        *lines, child.unfinished_line = (child.unfinished_line + chunk).split(b"\n")
        for line in lines:
            self._print(child, line)

    def _print(self, child: _Child, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text:
            self._console.line(_name(child), text)

    def _restart_ended(self) -> None:
        if self._is_stopping:
            return
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                ended = _how(child.process.returncode)
                self._bury(child)
                wait = child.plan_restart(time.monotonic())
                self._console.say(f"{_name(child)} {ended}; starting again in {wait} s")

    def _bury(self, child: _Child) -> None:
        """Forget an ended process, its group and its pipe; print its last words."""
        process = child.process
        if process is None:
            return
        processes.end_group(process)
        while process.stdout and not process.stdout.closed:
            before = child.unfinished_line
            self._read(child)
            if not process.stdout.closed and child.unfinished_line == before:
                self._selector.unregister(process.stdout)
                process.stdout.close()
        self._print(child, child.unfinished_line)
        child.unfinished_line = b""
        child.process = None
        child.is_ready = False

    def _stop_group(self, group: list[_Child]) -> None:
        running = [child for child in group if child.process is not None]
        for child in running:
            if child.process and child.process.poll() is None:
                child.process.send_signal(child.program.stop_signal)
        asked_at = time.monotonic()
        while waited_for := [child for child in running if _is_alive(child)]:
            for child in waited_for:
                if time.monotonic() - asked_at > child.program.grace_secs:
                    self._console.say(f"{_name(child)} did not stop in time; ended it")
                    self._bury(child)
            self._pump(0.05)
        for child in running:
            self._bury(child)

    def _record(self) -> None:
        running = [
            (child.program, child.process.pid)
            for child in self._children
            if child.process is not None
        ]
        processes.record(self._folder, running)

    @contextmanager
    def _watched_signals(self) -> Iterator[None]:
        """Let signals end the wait: to stop, or to look after an ended child."""
        inner, outer = socket.socketpair()
        inner.setblocking(False)
        outer.setblocking(False)
        self._selector.register(inner, selectors.EVENT_READ)
        handlers = {
            **dict.fromkeys((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), self._ask),
            signal.SIGCHLD: _wake,
        }
        previous = {
            number: signal.signal(number, handlers[number]) for number in handlers
        }
        signal.set_wakeup_fd(outer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in previous.items():
                signal.signal(number, handler)
            self._selector.unregister(inner)
            inner.close()
            outer.close()

    def _ask(self, number: int, frame: object) -> None:
        self._is_stopping = True


def _wake(number: int, frame: object) -> None:
    return


def _is_alive(child: _Child) -> bool:
    return child.process is not None and child.process.poll() is None


def _name(child: _Child) -> str:
    return child.program.name


def _how(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"stopped with exit code {code}"
