"""Each table's own policy refuses each way into another store, and nothing else does.

The program's role works on rows of every table there is while no trigger and no
reference counts, with all grants: what refuses here is the policy alone.
"""

from contextlib import contextmanager

import psycopg
import pytest

from security.models import AuditEntry
from tenants.models import Tenant
from tests.rows import TENANT_MODELS, burglar, insert, insertion, savepoint

OURS, THEIRS = 1_000_001, 1_000_002
MAY_BE_NOBODYS = {AuditEntry}
# The stores' own table names a store by its key.
MODELS = [*TENANT_MODELS, Tenant]

REFUSED = psycopg.errors.InsufficientPrivilege
WORDS = "new row violates row-level security policy for table"


def label(model):
    return model._meta.label


def owner_column(model):
    return "id" if model is Tenant else "tenant_id"


@contextmanager
def served(superuser, tenant_id):
    """Work as the program does for this store."""
    superuser.execute("SET LOCAL ROLE ppob_app")
    superuser.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])
    yield superuser
    superuser.execute("RESET ROLE")


def add_blindly(connection, model, **values):
    """Without RETURNING: reading the new row is a right of its own."""
    connection.execute(*insertion(model, **values))


@pytest.fixture(params=MODELS, ids=label)
def stage(request, superuser):
    """Two rows of one table, one of each store, and the program serving the first."""
    model = request.param
    mark = owner_column(model)
    table = model._meta.db_table
    with burglar(superuser) as connection:
        mine = insert(connection, model, nth=0, **{mark: OURS})
        theirs = insert(connection, model, nth=1, **{mark: THEIRS})
        connection.execute(f"GRANT ALL ON {table} TO ppob_app")
        with served(connection, OURS):
            yield model, connection, mine, theirs


def seen(connection, table, *columns):
    found = connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY id")
    return found.fetchall()


def test_only_our_own_rows_are_seen(stage):
    model, connection, mine, theirs = stage
    table = model._meta.db_table

    assert seen(connection, table, "id") == [(mine,)]
    connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(THEIRS)])
    assert seen(connection, table, "id") == [(theirs,)]
    for nobody in ("", "0", "-1"):
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", [nobody])
        assert seen(connection, table, "id") == []


def test_a_row_of_ours_is_not_moved_into_another_store(stage):
    model, connection, mine, _theirs = stage
    table, mark = model._meta.db_table, owner_column(model)

    for target in (THEIRS + 5, THEIRS):
        with pytest.raises(REFUSED, match=WORDS), savepoint(connection):
            connection.execute(f"UPDATE {table} SET {mark} = {target}")

    assert seen(connection, table, "id", mark) == [(mine, OURS)]


def test_a_row_is_not_added_to_another_store(stage):
    model, connection, _mine, _theirs = stage
    table, mark = model._meta.db_table, owner_column(model)

    with pytest.raises(REFUSED, match=WORDS), savepoint(connection):
        add_blindly(connection, model, nth=2, **{mark: THEIRS + 5})

    # The same row is welcome where the program serves the store that it names.
    connection.execute(
        "SELECT set_config('app.tenant_id', %s, true)", [str(THEIRS + 5)]
    )
    added = insert(connection, model, nth=2, **{mark: THEIRS + 5})
    assert seen(connection, table, "id") == [(added,)]


def test_their_rows_are_neither_changed_nor_locked_nor_deleted(stage):
    model, connection, _mine, theirs = stage
    table = model._meta.db_table

    for statement in (
        f"UPDATE {table} SET id = id WHERE id = {theirs}",
        f"DELETE FROM {table} WHERE id = {theirs}",
        f"SELECT id FROM {table} WHERE id = {theirs} FOR UPDATE",
    ):
        assert connection.execute(statement).rowcount == 0
    assert connection.execute(f"DELETE FROM {table}").rowcount == 1
    connection.execute("RESET ROLE")
    assert seen(connection, table, "id") == [(theirs,)]


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_a_row_of_nobody_is_the_platforms_business(superuser, model):
    table = model._meta.db_table
    with burglar(superuser) as connection:
        connection.execute(f"ALTER TABLE {table} ALTER tenant_id DROP NOT NULL")
        connection.execute(f"GRANT ALL ON {table} TO ppob_app")
        with served(connection, OURS):
            if model in MAY_BE_NOBODYS:
                add_blindly(connection, model, tenant_id=None)
            else:
                with pytest.raises(REFUSED, match=WORDS), savepoint(connection):
                    add_blindly(connection, model, tenant_id=None)
            assert seen(connection, table, "id") == []


@pytest.mark.parametrize("model", TENANT_MODELS, ids=label)
def test_the_platform_sees_and_writes_all_rows(superuser, model):
    with burglar(superuser) as connection:
        rows = [
            insert(connection, model, nth=nth, tenant_id=tenant)
            for nth, tenant in enumerate((OURS, THEIRS))
        ]
        connection.execute("SET LOCAL ROLE ppob_platform")
        assert seen(connection, model._meta.db_table, "id") == [(pk,) for pk in rows]
        connection.execute("RESET ROLE")
