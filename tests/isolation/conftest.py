"""What the matrix counted, at the end of the run, also of a parallel one."""

from typing import Any

NAME = "isolation"


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
