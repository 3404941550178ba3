"""Programs this machine runs for the product: started, stopped, never left behind."""

import ctypes
import fcntl
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

PR_SET_PDEATHSIG = 1
LOCK_NAME = "in-use.lock"
RECORD_NAME = "processes.json"
CLOCK_TOLERANCE_SECS = 2

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class DataFolderInUse(RuntimeError):
    """Another supervisor or test run works in this data folder."""


class StartFailed(RuntimeError):
    """A program ended, or was not ready in time, when it was started."""


def _always() -> bool:
    return True


def _nothing() -> None:
    return


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program: what to run, when it counts as ready, how it is stopped.

    `probe` answers quickly and never raises. `before` runs ahead of every start.
    Output goes to `log`, or through a pipe to whoever started it. `user` is another
    system user to run as (only root may ask for one).
    """

    name: str
    command: tuple[str, ...]
    probe: Callable[[], bool] = _always
    before: Callable[[], None] = _nothing
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    log: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace_secs: float = 4.0


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own that dies with this process."""
    program.before()
    log: IO[bytes] | None = program.log.open("ab") if program.log else None
    try:
        return subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=log or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=program.folder,
            env={**os.environ, **program.environment},
            user=program.user,
            group=_group_of(program.user),
            extra_groups=[] if program.user else None,
            start_new_session=True,
            # Runs after the change of user, which would clear the death signal.
            preexec_fn=_death_signal(program.stop_signal, os.getpid()),
        )
    finally:
        if log:
            log.close()


def wait_until_ready(
    program: Program, process: subprocess.Popen[bytes], *, limit_secs: float = 30
) -> None:
    """Return once the probe says yes; raise StartFailed if it ends or takes longer."""
    deadline = time.monotonic() + limit_secs
    while not program.probe():
        code = process.poll()
        if code is not None:
            raise StartFailed(f"{program.name} ended with code {code}.{_tail(program)}")
        if time.monotonic() > deadline:
            raise StartFailed(
                f"{program.name} is not ready after {limit_secs:.0f} s.{_tail(program)}"
            )
        time.sleep(0.02)


def stop(program: Program, process: subprocess.Popen[bytes]) -> None:
    """Ask the program to end, wait its grace, then end its whole group."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(program.grace_secs)
    end_group(process)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the process's group and reap the process."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def data_folder_lock(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process alone; DataFolderInUse if somebody has it.

    The lock ends with the process, however that ends.
    """
    with (folder / LOCK_NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise DataFolderInUse(
                f"The product already runs in {folder} "
                f"(process {file.read().strip() or '?'}). Stop that one first."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def lock_holder(folder: Path) -> int | None:
    """The process that holds `folder`, or None when it is free."""
    try:
        with data_folder_lock(folder):
            return None
    except FileNotFoundError:
        return None
    except DataFolderInUse:
        return int((folder / LOCK_NAME).read_text() or 0) or None


def record(folder: Path, running: Iterable[tuple[Program, int]]) -> None:
    """Write down which processes run, so that the next start can end left-overs."""
    entries = [
        {"pid": pid, "started": started, "signal": int(program.stop_signal)}
        for program, pid in running
        if (started := _start_time(pid)) is not None
    ]
    draft = folder / f".{RECORD_NAME}"
    draft.write_text(json.dumps(entries))
    draft.replace(folder / RECORD_NAME)


def end_left_overs(folder: Path, *, grace_secs: float = 5.0) -> int:
    """End processes a killed supervisor left running in `folder`; how many there were.

    A process counts only if its start time matches: its number may be somebody else's
    by now. The caller holds the folder's lock.
    """
    left_overs = _left_overs(folder)
    for process, stop_signal in left_overs:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(stop_signal)
    processes = [process for process, _ in left_overs]
    for process in _wait_for_end(processes, grace_secs):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    _wait_for_end(processes, 2.0)
    (folder / RECORD_NAME).unlink(missing_ok=True)
    return len(processes)


def _wait_for_end(
    processes: list[psutil.Process], limit_secs: float
) -> list[psutil.Process]:
    """Those that still run after `limit_secs`; returns early when none does."""
    deadline = time.monotonic() + limit_secs
    while alive := [process for process in processes if _is_alive(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    # In a container nobody may collect an orphan; such a zombie holds nothing.
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _left_overs(folder: Path) -> list[tuple[psutil.Process, int]]:
    try:
        entries = json.loads((folder / RECORD_NAME).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return []
    return [
        (psutil.Process(entry["pid"]), entry["signal"])
        for entry in entries
        if _is_running(entry["pid"], entry["started"])
    ]


def _is_running(pid: int, started: float) -> bool:
    # Start times are counted from the boot time, which a clock correction may move.
    now = _start_time(pid)
    return now is not None and abs(now - started) < CLOCK_TOLERANCE_SECS


def _start_time(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def _death_signal(number: int, parent: int) -> Callable[[], None] | None:
    if _libc is None:
        return None
    prctl = _libc.prctl

    def ask_for_it() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)  # the parent died before the request was in place

    return ask_for_it


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    return pwd.getpwnam(user).pw_gid


def _tail(program: Program, lines: int = 15) -> str:
    if program.log is None or not program.log.exists():
        return ""
    last = program.log.read_text(errors="replace").splitlines()[-lines:]
    return "\n" + "\n".join(f"    {line}" for line in last)
