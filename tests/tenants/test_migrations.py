"""The schema can be taken back step by step and built again."""

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from ppob.local import paths

OUR_APPS = ("bot", "payments", "inventory", "catalog", "tenants", "security")


@pytest.fixture
def empty_database(db):
    """A second, empty database behind the owner's alias."""
    name = f"{settings.DATABASE}_back"
    with psycopg.connect(paths.superuser_dsn(), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name} OWNER ppob_owner")
        usual = connections["owner"]
        other = connections.create_connection("owner")
        other.settings_dict = {**other.settings_dict, "NAME": name}
        connections["owner"] = other
        yield name
        other.close()
        connections["owner"] = usual
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def schema(name):
    """Constraints, policies, triggers and indexes of the product's tables."""
    with psycopg.connect(paths.superuser_dsn(name)) as connection:
        return connection.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
            " UNION ALL SELECT tablename || '.' || policyname, concat_ws(' ',"
            " permissive, roles, cmd, qual, with_check) FROM pg_policies"
            " UNION ALL SELECT relname, concat(relrowsecurity, relforcerowsecurity)"
            " FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT proname, prosrc FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace"
            " UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
            " WHERE NOT tgisinternal"
            " UNION ALL SELECT indexname, indexdef FROM pg_indexes"
            " WHERE schemaname = 'public' ORDER BY 1, 2"
        ).fetchall()


def test_migrations_go_back_and_forth(empty_database):
    call_command("migrate", verbosity=0)
    built = schema(empty_database)
    executor = MigrationExecutor(connections["owner"])
    first = [key for key in executor.loader.disk_migrations if key[1][:4] == "0001"]
    executor.migrate([key for key in first if key[0] in OUR_APPS])

    call_command("migrate", verbosity=0)

    assert schema(empty_database) == built
