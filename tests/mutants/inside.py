"""What happens inside a forked process: the tests of one tree, on a fresh database."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

TEMPLATE = "template"
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
    """The database that every other one is a copy of."""
    _enter(tree, TEMPLATE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    _create_database(template="")
    _migrate()
    return 0


class Inside:
    """A pytest plugin: servers are there, the database is a copy of the template."""

    def __init__(self, number: str, *, migrates: bool) -> None:
        self._number = number
        self._migrates = migrates
        self.failed: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        # As in a process of a parallel run: somebody else starts and stops the servers.
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
        _create_database(template="" if self._migrates else f"test_ppob_{TEMPLATE}")
        if self._migrates:
            with request.getfixturevalue("django_db_blocker").unblock():
                _migrate()
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


def _create_database(*, template: str) -> None:
    from django.conf import settings

    from ppob.local import paths

    name = settings.DATABASE
    copied = f" TEMPLATE {template}" if template else ""
    with psycopg.connect(paths.superuser_dsn(), autocommit=True) as superuser:
        # Earlier ones of this tree are not needed any more.
        earlier = superuser.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
            [name.rstrip("0123456789")],
        ).fetchall()
        for (old,) in earlier:
            superuser.execute(f"DROP DATABASE {old} WITH (FORCE)")
        superuser.execute(f"CREATE DATABASE {name} OWNER ppob_owner{copied}")


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", verbosity=0)
    for connection in connections.all(initialized_only=True):
        connection.close()
