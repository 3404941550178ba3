"""Copies of the tree, servers for all of them, and processes that begin half started.

Starting takes longest: servers, migrations, importing the libraries. All of it is done
once. Each fault then gets a fork of this process, which has imported the libraries and
nothing of the product, and a database copied from a migrated one.
"""

import compileall
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from tests.mutants import inside
from tests.mutants.mutant import ROOT

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".data", ".mypy_cache", ".ruff_cache", "__pycache__", "media"
)
# Libraries that need no settings to be imported.
PRELOADED = (
    "django.db.models",
    "django.db.backends.postgresql.base",
    "django.forms",
    "django.test",
    "django.template",
    "django.urls",
    "django.core.management",
    "celery",
    "kombu",
    "celery.app.task",
    "discord",
    "psycopg",
    "psycopg_pool",
    "redis",
    "httpx",
    "PIL.Image",
    "segno",
    "channels",
    "uvicorn",
    "cryptography.hazmat.primitives.ciphers.aead",
    "pytest_django",
    "pytest_asyncio",
    "xdist",
    "pytest_timeout",
    "factory",
    "openpyxl",
    "python_calamine",
    "hypothesis",
    "aiohttp",
    "jwt",
)


@dataclass
class Running:
    """A forked process and where it writes."""

    pid: int
    tree: Path
    log: Path
    result: Path
    started: float


@dataclass(frozen=True)
class Outcome:
    """How a process ended: pytest's status, or None if it had to be stopped."""

    status: int | None
    failed: list[str]
    secs: float
    log: Path


class Workshop:
    """Where faults are planted. `trees` are the copies nobody works in right now."""

    def __init__(self, folder: Path, *, workers: int) -> None:
        self.folder = folder
        self.trees = [folder / f"tree{number}" for number in range(workers)]
        self._count = 0

    def prepare(self) -> None:
        """Copy and compile the tree, migrate the template. Servers must be up."""
        first, *others = self.trees
        shutil.copytree(ROOT, first, ignore=LEFT_OUT)
        (first / ".venv").symlink_to(ROOT / ".venv")
        # Compiled files are known by their source's content: a fault of the same length
        # in the same second must not go unnoticed.
        compileall.compile_dir(
            first,
            quiet=2,
            invalidation_mode=PycInvalidationMode.CHECKED_HASH,
            rx=None,
        )
        for tree in others:
            shutil.copytree(first, tree, symlinks=True)
        for name in PRELOADED:
            try:
                importlib.import_module(name)
            except ImportError:
                continue  # a library that this version does not use
        made = self._wait(
            self._fork(first, lambda _result: inside.make_template(first)), secs=600
        )
        if made.status != 0:
            raise RuntimeError(f"No template database: see {made.log}.")

    def start(
        self, tests: list[str], *, migrates: bool = False, stops_at_first: bool = True
    ) -> Running:
        """Run these tests in a tree that is free now."""
        tree = self.trees.pop()
        # Names the database and the corner of Valkey; never used twice.
        number = f"{tree.name}m{self._count + 1}"
        return self._fork(
            tree,
            lambda result: inside.run_tests(
                tree,
                tests,
                number=number,
                migrates=migrates,
                result=result,
                stops_at_first=stops_at_first,
            ),
        )

    def poll(self, running: Running, *, secs: float) -> Outcome | None:
        """How it ended; None while it runs and has not taken `secs`."""
        took = time.monotonic() - running.started
        pid, code = os.waitpid(running.pid, os.WNOHANG)
        if pid == 0 and took < secs:
            return None
        status: int | None = None
        if pid == 0:
            self._end(running)
        elif os.WIFEXITED(code):
            status = os.WEXITSTATUS(code)
        failed = json.loads(running.result.read_text() or "[]")
        return Outcome(status, failed, took, running.log)

    def _wait(self, running: Running, *, secs: float) -> Outcome:
        while (outcome := self.poll(running, secs=secs)) is None:
            time.sleep(0.05)
        return outcome

    def _fork(self, tree: Path, work: Callable[[Path], int]) -> Running:
        self._count += 1
        log = self.folder / f"{self._count}.log"
        result = self.folder / f"{self._count}.json"
        result.touch()
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return Running(pid, tree, log, result, time.monotonic())
        status = 99
        try:
            os.setsid()
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 1)
            os.dup2(1, 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            status = work(result)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _end(self, running: Running) -> None:
        os.killpg(running.pid, signal.SIGKILL)
        os.waitpid(running.pid, 0)


@contextmanager
def opened(*, workers: int) -> Iterator[Workshop]:
    """A workshop with its servers; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ppob-mutants-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        os.environ["PPOB_DATA_DIR"] = str(folder / "data")
        with _servers():
            workshop = Workshop(folder, workers=workers)
            workshop.prepare()
            yield workshop


@contextmanager
def _servers() -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mutants.servers"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        try:
            if keeper.stdout.readline() != "ready\n":
                raise RuntimeError("The servers did not start.")
            yield
        finally:
            keeper.stdin.close()
            keeper.wait(timeout=60)
