"""The run's databases: one is migrated, once, and all others are copies of it.

A copy has everything that migrating makes: tables with their owners, rights, policies,
triggers and rows. What belongs to the database as a whole is not copied by PostgreSQL;
the product keeps nothing there but the owner, whom a copy is given.

What migrating made is also kept as SQL between runs, under a digest of everything that
has a say in it. `tests/tenants/test_migrations.py` compares it with a real migration.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections

from ppob.local import binaries, paths

OWNER = "ppob_owner"
TEMPLATE = "test_ppob_template"
KEPT = paths.ROOT / ".test_schema"

# What decides what migrating makes: migrations and what they import, models (content
# types and permissions are made from them), rights, and the versions of packages.
APPS = ("ppob", "security", "tenants", "catalog", "inventory", "payments", "bot")
FOLDERS = {"migrations", "models", "kit"}
FILES = {"apps.py", "models.py", "fields.py", "migrate.py", "settings.py"}
OTHERS = ("ppob/local/roles.sql", "requirements.txt", "requirements-embedded.txt")


@contextmanager
def owner_of(name: str) -> Iterator[None]:
    """Meanwhile the owner's alias means that database."""
    usual = connections["owner"]
    other = connections.create_connection("owner")
    other.settings_dict = {**other.settings_dict, "NAME": name}
    connections["owner"] = other
    try:
        yield
    finally:
        other.close()
        connections["owner"] = usual


def ensure_template() -> None:
    """Migrate the database that all others are copied from, and close its door.

    Nobody can connect to it afterwards: a single session would keep PostgreSQL from
    copying it. A parallel run makes it before its first test process starts, so that
    no two ever do; the closed door says that it is complete.
    """
    with _server() as server:
        if has_template(server):
            return
        make_empty(server, TEMPLATE)
        _fill(TEMPLATE)
        server.execute(f"ALTER DATABASE {TEMPLATE} IS_TEMPLATE true")
        server.execute(f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")


def make_database(name: str) -> None:
    """A fresh database with the product's tables, in place of one of that name.

    Servers that have no template (measurements, killed servers) fill this one.
    """
    with _server() as server:
        if not has_template(server):
            make_empty(server, name)
            _fill(name)
            return
        drop(server, name)
        server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER {OWNER}")


def make_empty(server: psycopg.Connection[Any], name: str) -> None:
    """A database without tables, as migrating finds it on a new installation."""
    drop(server, name)
    server.execute(f"CREATE DATABASE {name} OWNER {OWNER}")


def drop(server: psycopg.Connection[Any], name: str) -> None:
    """Remove a database and whoever is connected to it."""
    server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def has_template(server: psycopg.Connection[Any]) -> bool:
    """Whether the servers belong to a test run that has made its template."""
    found = server.execute(
        "SELECT FROM pg_database WHERE datname = %s AND NOT datallowconn", [TEMPLATE]
    )
    return found.fetchone() is not None


def digest(root: Path = paths.ROOT) -> str:
    """A word for everything that decides what migrating makes."""
    found = [
        path
        for app in APPS
        for path in (root / app).rglob("*.py")
        if path.name in FILES or FOLDERS & set(path.relative_to(root).parts)
    ]
    summed = hashlib.sha256()
    for path in sorted([*found, *(root / name for name in OTHERS)]):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        summed.update(f"{path.relative_to(root)} {content}\n".encode())
    return summed.hexdigest()[:24]


def _fill(name: str) -> None:
    """Give an empty database its tables: as an earlier run kept them, or anew."""
    kept = KEPT / f"{digest()}.sql"
    if kept.exists():
        _ask_postgres("psql", name, "--quiet", "--single-transaction", f"--file={kept}")
        return
    with owner_of(name):
        call_command("migrate", verbosity=0)
    KEPT.mkdir(exist_ok=True)
    for old in KEPT.glob("*.sql"):
        old.unlink(missing_ok=True)
    # Moved into place when it is complete; other runs may be looking.
    draft = KEPT / f"{os.getpid()}.draft"
    _ask_postgres("pg_dump", name, f"--file={draft}")
    draft.rename(kept)


def _ask_postgres(program: str, name: str, *options: str) -> None:
    command = [str(binaries.find_postgres() / program), *options]
    if program == "psql":
        command += ["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    answer = subprocess.run(
        [*command, paths.superuser_dsn(name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr


@contextmanager
def _server() -> Iterator[psycopg.Connection[Any]]:
    """The superuser's connection for making databases; one statement at a time."""
    with psycopg.connect(paths.superuser_dsn(), autocommit=True) as server:
        yield server
