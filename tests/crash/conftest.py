"""One process that does all crash runs of a test run, on the test run's servers."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Crash = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def crash() -> Iterator[Crash]:
    """Do a run (`seed`, `kills`, `lanes`, …) and tell what was found."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash", "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LOG_LEVEL": "ERROR"},
    ) as host:
        assert host.stdin is not None
        assert host.stdout is not None
        assert host.stdout.readline(), "the crash runs did not start"

        def run(**plan: Any) -> dict[str, Any]:
            host.stdin.write(json.dumps(plan) + "\n")
            host.stdin.flush()
            told: dict[str, Any] = json.loads(host.stdout.readline())
            return told

        yield run
        host.stdin.close()
