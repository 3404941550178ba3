"""A data folder of one's own, reachable for the database server's user."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ppob.local import paths


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ppob-test-"))
    monkeypatch.setenv("PPOB_DATA_DIR", str(folder))
    yield folder
    for each in {paths.runtime_dir(), paths.server_dir(), folder}:
        shutil.rmtree(each, ignore_errors=True)


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)

    return wait
