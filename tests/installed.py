"""One installation of real processes for every test of the run that wants one."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.processes.installation import Installation

LINES = 60


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Started once; tests that kill a process start it again."""
    running = Installation(tmp_path_factory.mktemp("installation"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, Any, Any]:
    """A failed test shows the last lines of every process."""
    report = yield
    installation = getattr(item, "funcargs", {}).get("installation")
    if report.failed and isinstance(installation, Installation):
        for log in sorted(installation.log_dir.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-LINES:]
            report.sections.append((f"the end of {log.name}", "\n".join(lines)))
    return report
