"""The run's databases: one is migrated, once, and all others are copies of it.

A copy has everything that migrating makes: tables with their owners, rights, policies,
triggers and rows. What belongs to the database as a whole is not copied by PostgreSQL;
the product keeps nothing there but the owner, whom a copy is given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connections

from ppob.local import paths

OWNER = "ppob_owner"
TEMPLATE = "test_ppob_template"


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
        with owner_of(TEMPLATE):
            call_command("migrate", verbosity=0)
        server.execute(f"ALTER DATABASE {TEMPLATE} IS_TEMPLATE true")
        server.execute(f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")


def make_database(name: str) -> None:
    """A fresh database with the product's tables, in place of one of that name.

    Servers that have no template (measurements, single runs) migrate this one.
    """
    with _server() as server:
        if not has_template(server):
            make_empty(server, name)
            with owner_of(name):
                call_command("migrate", verbosity=0)
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


@contextmanager
def _server() -> Iterator[psycopg.Connection[Any]]:
    """The superuser's connection for making databases; one statement at a time."""
    with psycopg.connect(paths.superuser_dsn(), autocommit=True) as server:
        yield server
