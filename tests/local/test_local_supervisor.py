import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue

import psutil
import pytest

from ppob.local import processes, supervisor
from ppob.local.processes import Program

SLEEP = "import time; print('up'); time.sleep(60)"


class Run:
    """A supervisor in a process of its own, read line by line."""

    def __init__(self, folder: Path, plan: list[dict]) -> None:
        script = Path(__file__).with_name("supervised.py")
        self.process = subprocess.Popen(
            [sys.executable, script, str(folder), json.dumps(plan)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        self.lines: list[str] = []
        self._queue: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._queue.put(line.rstrip())

    def until(self, text: str) -> str:
        """The first line with `text` that was not read yet."""
        while True:
            line = self._queue.get(timeout=15)
            self.lines.append(line)
            if text in line:
                return line

    def until_all(self, *texts: str) -> None:
        """Read until each text was seen, in whatever order they come."""
        while not all(any(text in line for line in self.lines) for text in texts):
            self.until("")

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def run(tmp_path):
    runs = []

    def start(*plan: dict) -> Run:
        runs.append(Run(tmp_path, list(plan)))
        return runs[-1]

    yield start
    for each in runs:
        each.process.kill()
        each.process.wait()


def test_lines_carry_the_name_of_their_program(run):
    watched = run({"name": "web", "code": SLEEP})

    assert watched.until("up") == "web       | up"


def test_a_crashed_program_is_named_and_started_again_after_longer_waits(run):
    watched = run({"name": "worker", "code": "raise SystemExit(7)"})

    first = watched.until("exit code 7")
    second = watched.until("exit code 7")

    assert first.endswith("worker stopped with exit code 7; starting again in 0.05 s")
    assert second.endswith("starting again in 0.1 s")


def test_a_killed_program_is_replaced_and_the_others_keep_running(run):
    watched = run(
        {"name": "web", "code": SLEEP},
        {"name": "bot", "code": "import os; print('pid', os.getpid());" + SLEEP},
    )
    watched.until_all("all ready", "pid")
    line = next(line for line in watched.lines if "pid" in line)
    victim = int(line.split()[-1])
    others = {child.pid for child in watched.children()} - {victim}

    os.kill(victim, signal.SIGKILL)

    assert "bot was ended by SIGKILL" in watched.until("starting again")
    assert int(watched.until("pid").split()[-1]) != victim
    assert others <= {child.pid for child in watched.children()}


def test_a_program_waits_for_those_it_needs(run):
    make_ready = "import time, pathlib; time.sleep(.3); pathlib.Path('ready').touch();"
    watched = run(
        {"name": "bot", "code": SLEEP, "needs": ["discord"]},
        {"name": "discord", "code": make_ready + SLEEP, "ready_file": "ready"},
    )

    watched.until_all("all ready", "bot       | up")

    names = [line.split()[0] for line in watched.lines if line.endswith("| up")]
    assert names == ["discord", "bot"]


def test_a_start_that_takes_long_says_what_it_waits_for(run):
    watched = run(
        {"name": "bot", "code": SLEEP, "needs": ["web"]},
        {"name": "web", "code": SLEEP, "ready_file": "never"},
    )

    assert watched.until("Still").endswith("Still waiting for bot, web.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_and_says_so(run, number):
    watched = run({"name": "web", "code": SLEEP}, {"name": "bot", "code": SLEEP})
    watched.until("all ready")
    children = watched.children()

    watched.process.send_signal(number)

    watched.until("all stopped")
    assert watched.process.wait(5) == 0
    assert len(children) == 2
    assert not any(child.is_running() for child in children)


def test_a_program_that_does_not_stop_is_ended_with_its_own_children(run, wait_for):
    deaf = (
        "import signal, subprocess, sys, time;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print('deaf'); time.sleep(60)"
    )
    watched = run({"name": "bot", "code": deaf, "grace_secs": 0.2})
    watched.until_all("deaf", "all ready")
    children = watched.children()

    watched.process.send_signal(signal.SIGINT)

    watched.until("bot did not stop in time; ended it")
    watched.until("all stopped")
    assert len(children) == 2
    wait_for(lambda: not any(child.is_running() for child in children))


def test_after_a_kill_the_next_start_finds_nothing_running(run, tmp_path, wait_for):
    watched = run({"name": "web", "code": SLEEP}, {"name": "bot", "code": SLEEP})
    watched.until("all ready")
    children = watched.children()
    assert len(children) == 2

    watched.process.kill()
    watched.process.wait()
    processes.end_left_overs(tmp_path)

    wait_for(lambda: not any(child.is_running() for child in children))


def test_waits_grow_and_a_good_run_makes_them_short_again():
    child = supervisor._Child(Program(name="web", command=("x",)), due_at=0)
    child.started_at = 1000.0

    waits = [child.plan_restart(1001.0) for _ in range(8)]
    after_a_good_run = child.plan_restart(1000.0 + supervisor.GOOD_RUN_SECS)

    assert waits == [1, 2, 4, 8, 15, 30, 30, 30]
    assert after_a_good_run == 1
