"""What the matrix counted, at the end of the run, also of a parallel one."""

from collections.abc import Iterator
from typing import Any

import pytest

from payments.services.ledger import quotas
from ppob.kit.invariants import all_invariants

NAME = "isolation"


@pytest.fixture(scope="module", autouse=True)
def _room_for_every_cell() -> Iterator[None]:
    """A buyer of the matrix orders once for each cell: quotas are not the matter."""
    all_invariants()  # they name the quotas as they are
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MOST_OPEN_ORDERS", "MOST_UNPAID_PIECES", "MOST_AMOUNTS"):
            patch.setattr(quotas, name, 100_000)
        yield


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line per kind of entry point and wall."""
    lines = [
        line
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == NAME
        for line in value
    ]
    if lines:
        terminalreporter.section("isolation", "-")
        for line in sorted(set(lines)):
            terminalreporter.write_line(line)
