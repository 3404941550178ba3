"""Real servers for the whole run, real commits in every test, empty tables after it.

Nothing is rolled back: row-level security, deferred constraints, locks and `on_commit`
behave as in production. After each test a superuser empties what was written to.
"""

import gc
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import Celery, current_app
from channels.layers import channel_layers
from django.conf import settings
from django.db import connections
from pytest_django.plugin import blocking_manager_key

from ppob.kit import jobs as kit_jobs
from ppob.kit.scope import tenant_scope
from ppob.local import paths, testing
from tenants.models import Tenant
from tests import databases, factories, quick, together
from tests.emptying import Emptier
from tests.installed import installation, pytest_runtest_makereport
from tests.together import pytest_xdist_make_scheduler

__all__ = [
    "installation",
    "pytest_runtest_makereport",
    "pytest_xdist_make_scheduler",
]

YOUNG_OBJECTS = 20_000  # until garbage is looked for; Python's own number is 700
NOON = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)  # 12:00 in Jakarta


def is_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="what the change most likely broke"
    )


def pytest_configure(config: pytest.Config) -> None:
    if is_controller(config) and not config.option.collectonly:
        testing.start(Path(os.environ["PPOB_DATA_DIR"]))
        if (
            config.getoption("dist", "no") != "no"
        ):  # before the first process asks for a copy
            make_template(config)


def make_template(config: pytest.Config) -> None:
    with config.stash[blocking_manager_key].unblock():
        databases.ensure_template()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    together.mark_proofs(items)  # before pytest chooses by marks
    quick.leave_out(config, items)
    if not is_controller(config):
        together.begin_with_the_longest(items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Migrate before the first test: it has no time for that.

    What was imported until now stays, so it is not looked through for garbage again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    is_needed = any(
        {"django_db_setup", "installation"} & set(getattr(item, "fixturenames", ()))
        for item in session.items
    )
    config = session.config
    if is_controller(config) and is_needed and not config.option.collectonly:
        make_template(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    if is_controller(config) and not config.option.collectonly:
        testing.remove(Path(os.environ["PPOB_DATA_DIR"]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """A fresh database per test process, a copy of the one that was migrated."""
    with django_db_blocker.unblock():
        databases.make_database(settings.DATABASE)
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()
            if connection.alias != "owner":
                connection.close_pool()


@pytest.fixture(scope="session")
def superuser(django_db_setup: None) -> Iterator[psycopg.Connection[Any]]:
    """A connection that no policy binds: for planting rows and looking at all."""
    dsn = paths.superuser_dsn(settings.DATABASE)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def emptier(django_db_setup: None) -> Iterator[Emptier]:
    """Empties the tables between two tests."""
    with Emptier(paths.superuser_dsn(settings.DATABASE)) as emptier:
        yield emptier


@pytest.fixture
def db(django_db_blocker: Any, emptier: Emptier, jobs: "Jobs") -> Iterator[None]:
    """Real, committed rows; gone after the test."""
    # A channel layer belongs to one event loop, and each asynchronous test has its own.
    channel_layers.backends.clear()
    with django_db_blocker.unblock():
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()
    emptier.empty()


@pytest.fixture
def transactional_db(db: None) -> None:
    """The same: every test commits."""


class Jobs:
    """The jobs that were asked for, to be run when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, dict[str, Any]]] = []

    def run(self) -> list[str]:
        """Run everything that waits, and what that asks for; the names that ran."""
        ran = []
        kit_jobs._asked_for.clear()  # what was on its way arrives
        while self.waiting:
            name, arguments = self.waiting.pop(0)
            if name in current_app.tasks:
                current_app.tasks[name](**arguments)
                ran.append(name)
        return ran


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """What `jobs.enqueue` sends lands here instead of at the broker."""
    collected = Jobs()
    kit_jobs._asked_for.clear()
    current_app.loader.import_default_modules()

    def collect(app: Celery, name: str, kwargs: dict[str, Any], **options: Any) -> None:
        collected.waiting.append((name, kwargs))

    monkeypatch.setattr(Celery, "send_task", collect)
    return collected


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def arcadia(db: None) -> Tenant:
    """The store that the test is about."""
    return factories.make_tenant("arcadia")


@pytest.fixture
def borealis(db: None) -> Tenant:
    """Another store, so that leaks show."""
    return factories.make_tenant("borealis")


@pytest.fixture
def in_arcadia(arcadia: Tenant, borealis: Tenant) -> Iterator[Tenant]:
    """Arcadia's scope is open; Borealis exists."""
    with tenant_scope(arcadia.pk):
        yield arcadia


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for something another process does, with a deadline instead of a sleep."""
    return factories.wait_until
