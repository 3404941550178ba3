"""Real servers for the whole run, real commits in every test, empty tables after it.

Nothing is rolled back: row-level security, deferred constraints, locks and `on_commit`
behave as in production. After each test the tables are emptied by the superuser.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import Celery, current_app
from channels.layers import channel_layers
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from ppob.kit import jobs as kit_jobs
from ppob.kit.scope import tenant_scope
from ppob.local import paths, testing
from tenants.models import Tenant
from tests import factories
from tests.installed import installation, pytest_runtest_makereport
from tests.together import pytest_xdist_make_scheduler

__all__ = [
    "installation",
    "pytest_runtest_makereport",
    "pytest_xdist_make_scheduler",
]

NOON = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)  # 12:00 in Jakarta

EMPTY_ALL = """
DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
        AND tablename NOT IN
            ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
END $$
"""


def is_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if is_controller(config) and not config.option.collectonly:
        testing.start(Path(os.environ["PPOB_DATA_DIR"]))


def pytest_unconfigure(config: pytest.Config) -> None:
    if is_controller(config) and not config.option.collectonly:
        testing.remove(Path(os.environ["PPOB_DATA_DIR"]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """A fresh database per test process, migrated by its owner."""
    name = settings.DATABASE
    with psycopg.connect(paths.superuser_dsn(), autocommit=True) as superuser:
        superuser.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        superuser.execute(f"CREATE DATABASE {name} OWNER ppob_owner")
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()
            if connection.alias != "owner":
                connection.close_pool()


@pytest.fixture(scope="session")
def superuser(django_db_setup: None) -> Iterator[psycopg.Connection[Any]]:
    """A connection that no policy binds: for emptying tables and planting rows."""
    dsn = paths.superuser_dsn(settings.DATABASE)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def db(
    django_db_blocker: Any, superuser: psycopg.Connection[Any], jobs: "Jobs"
) -> Iterator[None]:
    """Real, committed rows; gone after the test."""
    # A channel layer belongs to one event loop, and each asynchronous test has its own.
    channel_layers.backends.clear()
    with django_db_blocker.unblock():
        yield
        for connection in connections.all(initialized_only=True):
            connection.close()
    empty_all(superuser)


def empty_all(superuser: psycopg.Connection[Any]) -> None:
    """Delete all rows; a thread that outlives its test may be in the way."""
    for _more in range(5):
        with suppress(psycopg.errors.DeadlockDetected):
            superuser.execute(EMPTY_ALL)
            return
    superuser.execute(EMPTY_ALL)


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
