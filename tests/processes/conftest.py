"""Every test in this folder plays against one running installation."""

from collections.abc import Iterator

import psycopg
import pytest

from ppob.local import paths
from tests.payments.invariants import violations
from tests.processes.installation import DATABASE, Installation


@pytest.fixture(autouse=True)
def everything_runs(installation: Installation) -> Iterator[None]:
    """Whatever was killed, started or refused: nothing is lost or doubled afterwards.

    A test that failed half-way must not take the next ones with it.
    """
    installation.revive()
    yield
    with psycopg.connect(paths.superuser_dsn(DATABASE)) as connection:
        assert violations(connection) == {}
