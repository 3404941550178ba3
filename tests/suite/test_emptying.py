"""Whatever a test wrote, wherever and through whomever, is gone after it."""

import threading

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from ppob.local import paths
from security.models import User
from tests import databases
from tests.emptying import KEPT, Emptier
from tests.factories import make_product, make_tenant, make_user

VALUES = {
    "bigint": "1",
    "boolean": "false",
    "bytea": "''",
    "date": "now()",
    "inet": "'127.0.0.1'",
    "integer": "1",
    "jsonb": "'{}'",
    "smallint": "1",
    "text": "'x'",
    "timestamp with time zone": "now()",
    "uuid": "gen_random_uuid()",
}
CHECKS = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""
NEEDED = """
    SELECT attname, regexp_replace(format_type(atttypid, NULL), '^character.*', 'text')
    FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0
        AND NOT attisdropped AND attnotnull AND NOT atthasdef AND attidentity = ''
"""


@pytest.fixture
def scratch(django_db_setup):
    """A database of its own, in which a row may hold anything."""
    name = f"{settings.DATABASE}_scratch"
    databases.make_database(name)
    with psycopg.connect(
        paths.superuser_dsn(name),
        autocommit=True,
        options="-c session_replication_role=replica",
    ) as writer:
        for table, rule in writer.execute(CHECKS).fetchall():
            writer.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{rule}"')
        with Emptier(paths.superuser_dsn(name)) as emptier:
            yield writer, emptier
    with psycopg.connect(paths.superuser_dsn(), autocommit=True) as server:
        databases.drop(server, name)


def plant(writer, table):
    """A row in a table, whatever it is for."""
    needed = writer.execute(NEEDED, [table]).fetchall()
    names = ", ".join(f'"{name}"' for name, _type in needed)
    values = ", ".join(VALUES[kind] for _name, kind in needed)
    row = f"({names}) VALUES ({values})" if needed else "DEFAULT VALUES"
    writer.execute(f"INSERT INTO {table} {row}")


def count(writer, table):
    return writer.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_row_in_any_table_is_found_and_deleted(scratch):
    writer, emptier = scratch
    tables = emptier.tables()
    assert emptier.filled() == []
    for table in tables:
        plant(writer, table)
    assert emptier.filled() == tables

    emptier.empty()

    assert [table for table in tables if count(writer, table)] == []
    assert len(tables) > 50


def test_what_migrating_wrote_stays(scratch):
    writer, emptier = scratch
    before = {table: count(writer, table) for table in KEPT}
    plant(writer, "tenants_tenant")

    emptier.empty()

    assert {table: count(writer, table) for table in KEPT} == before
    assert min(before.values()) > 20


def test_a_table_that_a_test_made_is_emptied_too(scratch):
    writer, emptier = scratch
    emptier.empty()
    writer.execute("CREATE TABLE made_by_a_test (id integer)")
    writer.execute("INSERT INTO made_by_a_test VALUES (1)")

    emptier.empty()

    assert count(writer, "made_by_a_test") == 0


def test_only_tables_with_rows_are_written_to(scratch):
    writer, emptier = scratch
    plant(writer, "tenants_tenant")
    plant(writer, "security_auditentry")  # append-only for everybody else

    assert emptier.filled() == ["security_auditentry", "tenants_tenant"]


@pytest.fixture
def empty_afterwards(superuser, emptier):
    """Looks when everything that the test used has been torn down."""
    yield
    assert emptier.filled() == []


def in_another_thread(work):
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_rows_of_other_threads_and_sessions_are_gone_after_a_test(
    empty_afterwards, in_arcadia, superuser, emptier
):
    make_product(codes=1)
    in_another_thread(lambda: make_user("somebody"))
    in_another_thread(lambda: make_tenant("cendana"))
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(
        "INSERT INTO security_user_groups (user_id, group_id) VALUES (1, 1)"
    )
    superuser.execute("RESET session_replication_role")

    assert {"security_user", "security_user_groups", "inventory_stockitem"} <= set(
        emptier.filled()
    )
    assert User.objects.filter(username="somebody").exists()


def test_a_row_that_was_left_would_be_seen(db, emptier):
    make_user()

    assert emptier.filled() == ["security_user"]
