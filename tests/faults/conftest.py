"""One process with an installation of its own for all runs of a test run."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Faults = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="session")
def faults() -> Iterator[Faults]:
    """Do a short run by its name; what was measured and found."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults", "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as host:
        assert host.stdin is not None
        assert host.stdout is not None
        assert host.stdout.readline(), "the installation did not start"

        def run(name: str) -> dict[str, Any]:
            host.stdin.write(f"{name}\n")
            host.stdin.flush()
            said = host.stdout.readline()
            assert said, f"the run {name} did not end"
            print(said)
            told: dict[str, Any] = json.loads(said)
            return told

        yield run
        host.stdin.close()
