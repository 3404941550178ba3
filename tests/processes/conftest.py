"""Every test in this folder plays against one running installation."""

import pytest

from tests.processes.installation import Installation


@pytest.fixture(autouse=True)
def everything_runs(installation: Installation) -> None:
    """A test that failed half-way must not take the next ones with it."""
    installation.revive()
