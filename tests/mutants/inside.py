"""What happens inside a forked process: the tests of one tree, on a fresh database."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

SECS_PER_TEST = 60


def run_tests(
    tree: Path,
    tests: list[str],
    *,
    number: str,
    migrates: bool,
    result: Path,
    **how: Any,
) -> int:
    """Pytest's exit status. The ids of what failed go to `result`, as JSON."""
    _enter(tree, number)
    inside = Inside(number, migrates=migrates)
    options = [
        "-q",
        "--tb=short",
        "-p",
        "no:randomly",
        "-o",
        f"timeout={SECS_PER_TEST}",
    ]
    if how.get("stops_at_first"):
        options.append("-x")
    status = int(pytest.main([*options, *tests], plugins=[inside]))
    result.write_text(json.dumps(inside.failed))
    return status


def make_template(tree: Path) -> int:
    """Migrate the database that every other one is a copy of."""
    _enter(tree, "template")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    # Only forked processes know the product, each that of its own tree.
    import django

    django.setup()
    from tests import databases

    databases.ensure_template()
    return 0


class Inside:
    """A pytest plugin: servers and the template are there, as in a parallel run."""

    def __init__(self, number: str, *, migrates: bool) -> None:
        self._number = number
        self._migrates = migrates
        self.failed: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        # Somebody else starts and stops the servers.
        config.workerinput = {  # type: ignore[attr-defined]
            "workerid": self._number,
            "workercount": 1,
        }

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: Any, request: pytest.FixtureRequest
    ) -> object | None:
        if fixturedef.argname != "django_db_setup":
            return None
        _drop_earlier(self._number)
        if not self._migrates:
            return None
        with request.getfixturevalue("django_db_blocker").unblock():
            _migrate_anew()
        fixturedef.cached_result = (True, fixturedef.cache_key(request), None)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def _enter(tree: Path, number: str) -> None:
    """Let this process work in `tree` and forget the tree it came from."""
    os.chdir(tree)
    sys.path[:] = [str(tree), *(path for path in sys.path if _is_foreign(path))]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    sys.dont_write_bytecode = True
    os.environ["PYTEST_XDIST_WORKER"] = number


def _is_foreign(path: str) -> bool:
    return bool(path) and not (Path(path) / "manage.py").exists()


def _drop_earlier(number: str) -> None:
    """Earlier databases of this tree are not needed any more."""
    from tests import databases

    with databases._server() as server:
        earlier = server.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s",
            [f"%\\_{number.rstrip('0123456789')}%"],
        ).fetchall()
        for (name,) in earlier:
            databases.drop(server, name)


def _migrate_anew() -> None:
    from django.conf import settings
    from django.core.management import call_command

    from tests import databases

    with databases._server() as server:
        databases.make_empty(server, settings.DATABASE)
    with databases.owner_of(settings.DATABASE):
        call_command("migrate", verbosity=0)
