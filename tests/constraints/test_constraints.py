"""Whatever the database shall allow once, or never, is tried out against it."""

import re
from uuid import uuid4

import psycopg
import pytest
from django.apps import apps

from tests.constraints import goods, money, people, receipts_and_staff
from tests.constraints.kinds import Never
from tests.rows import OUR_MODELS, TENANT_MODELS, burglar, insert, insertion, savepoint

OURS, THEIRS = 1_000_001, 1_000_002

ENTRIES = {
    **money.ENTRIES,
    **goods.ENTRIES,
    **people.ENTRIES,
    **receipts_and_staff.ENTRIES,
}
NEVER = {name: entry for name, entry in ENTRIES.items() if isinstance(entry, Never)}
ONCE = {
    f"{name}-{number}" if number else name: (name, entry)
    for name, found in ENTRIES.items()
    if not isinstance(found, Never)
    for number, entry in enumerate(found if isinstance(found, list) else [found])
}

# Columns of which no value comes twice in the whole installation; beside these, the
# public id of everything that has one.
ONCE_EVERYWHERE = {
    ("bot_botinstance", "application_id"),
    ("payments_payment", "reference"),
    ("security_session", "session_key"),
    ("security_user", "discord_id"),
    ("security_user", "username"),
    ("tenants_guild", "discord_id"),
    ("tenants_invitation", "token_hash"),
    ("tenants_tenant", "slug"),
}

TABLES = {model._meta.db_table: model for model in OUR_MODELS}

# Table, name, columns and text of every constraint; unique indexes count as well.
CONSTRAINTS = """
    SELECT k.conrelid::regclass::text, k.conname, array(
            SELECT a.attname::text
            FROM unnest(k.conkey) WITH ORDINALITY AS c (no, place)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.no
            ORDER BY place
        ), pg_get_constraintdef(k.oid)
    FROM pg_constraint k
    WHERE k.contype IN ('c', 'u', 'x') AND k.connamespace = 'public'::regnamespace
    UNION ALL
    SELECT i.indrelid::regclass::text, c.relname, array(
            SELECT a.attname::text
            FROM unnest(i.indkey) WITH ORDINALITY AS k (no, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.no
            ORDER BY place
        ), pg_get_indexdef(c.oid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
"""
NOT_NEGATIVE = re.compile(r'CHECK \(\("?(\w+)"? >= 0\)\)')


@pytest.fixture
def constraints(superuser):
    """Those of our own tables that are not the same for every table."""
    return [
        row
        for row in superuser.execute(CONSTRAINTS).fetchall()
        if row[0] in TABLES and not row[1].endswith("_tenant_key")
    ]


def refused(connection, name, error, model, nth=0, /, **row):
    with pytest.raises(error) as refusal, savepoint(connection):
        connection.execute(*insertion(model, nth=nth, **row))
    assert refusal.value.diag.constraint_name == name


def accepted(connection, model, nth=0, /, **row):
    with savepoint(connection):
        connection.execute(*insertion(model, nth=nth, **row))


def of_tenant(model, row):
    """The row, in the store of this test unless it says otherwise."""
    return {"tenant_id": OURS, **row} if model in TENANT_MODELS else row


def another(value):
    """Something else of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value}z" if isinstance(value, str) else uuid4()


def test_every_constraint_of_the_database_is_tried_out(constraints):
    found = {
        name
        for _table, name, columns, text in constraints
        if name in ENTRIES
        or (
            not NOT_NEGATIVE.fullmatch(text)
            and not (name.endswith(("_key", "_uniq")) and len(columns) == 1)
        )
    }

    assert found == set(ENTRIES)


def test_every_constraint_of_the_models_is_tried_out():
    assert {
        constraint.name
        for model in OUR_MODELS
        for constraint in model._meta.constraints
    } == set(ENTRIES)


@pytest.mark.parametrize("name", NEVER)
def test_what_may_never_be_is_refused_and_its_neighbours_are_not(superuser, name):
    entry = NEVER[name]
    model = apps.get_model(entry.model)
    with burglar(superuser) as connection:
        for other in entry.without:
            connection.execute(
                f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {other}"
            )
        for row in entry.wrong:
            row = of_tenant(model, row)
            refused(connection, name, psycopg.errors.CheckViolation, model, **row)
        for row in [{}, *entry.right]:
            accepted(connection, model, **of_tenant(model, row))


@pytest.mark.parametrize("name", ONCE)
def test_what_may_be_once_is_refused_twice(superuser, name):
    name, entry = ONCE[name]
    model = apps.get_model(entry.model)
    row = of_tenant(model, entry.row)
    second = {**row, **entry.other}
    with burglar(superuser) as connection:
        connection.execute(*insertion(model, nth=0, **row))

        refused(connection, name, psycopg.errors.UniqueViolation, model, 1, **second)
        for column in entry.key.split():
            accepted(
                connection, model, 1, **{**second, column: another(second[column])}
            )
        for free in entry.free:
            accepted(connection, model, 1, **{**second, **free})


@pytest.mark.parametrize("name", ONCE)
def test_a_row_cannot_be_changed_into_what_is_there(superuser, name):
    """Uniqueness holds for updates as it does for new rows."""
    name, entry = ONCE[name]
    model = apps.get_model(entry.model)
    row = of_tenant(model, entry.row)
    column = entry.key.split()[-1]
    second = {**row, **entry.other, column: another(row[column])}
    with burglar(superuser) as connection:
        connection.execute(*insertion(model, nth=0, **row))
        changed = insert(connection, model, nth=1, **second)

        with pytest.raises(psycopg.errors.UniqueViolation) as refusal:
            connection.execute(
                f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s",
                [row[column], changed],
            )
    assert refusal.value.diag.constraint_name == name


def test_no_value_comes_twice_in_columns_that_are_unique_everywhere(
    superuser, constraints
):
    alone = [
        (table, columns[0], name)
        for table, name, columns, text in constraints
        if name.endswith(("_key", "_uniq")) and len(columns) == 1
    ]
    public = {
        (model._meta.db_table, "public_id")
        for model in OUR_MODELS
        if any(field.name == "public_id" for field in model._meta.fields)
    }
    assert {(table, column) for table, column, _name in alone} == (
        public | ONCE_EVERYWHERE
    )

    with burglar(superuser) as connection:
        for table, column, name in alone:
            model = TABLES[table]
            kind = model._meta.get_field(column).get_internal_type()
            value = {"BigIntegerField": 7, "UUIDField": uuid4()}.get(kind, "same")
            with savepoint(connection):
                first = of_tenant(model, {column: value})
                connection.execute(*insertion(model, nth=0, **first))
                other = (
                    {**first, "tenant_id": THEIRS} if "tenant_id" in first else first
                )
                refused(
                    connection, name, psycopg.errors.UniqueViolation, model, 1, **other
                )


def test_counts_are_never_negative(superuser, constraints):
    counted = [
        (TABLES[table], match[1], name)
        for table, name, _columns, text in constraints
        if (match := NOT_NEGATIVE.fullmatch(text)) and name not in ENTRIES
    ]
    declared = {
        (model, field.column)
        for model in OUR_MODELS
        for field in model._meta.concrete_fields
        if field.get_internal_type().startswith("Positive")
    }
    assert {(model, column) for model, column, _name in counted} == declared

    with burglar(superuser) as connection:
        for model, column, name in counted:
            row = of_tenant(model, {column: -1})
            with savepoint(connection):
                _leave_only(connection, model, name)
                refused(connection, name, psycopg.errors.CheckViolation, model, **row)


def _leave_only(connection, model, name):
    """The others of this table would speak up first."""
    table = model._meta.db_table
    others = connection.execute(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conname <> %s"
        " AND conrelid = %s::regclass",
        [name, table],
    ).fetchall()
    for (other,) in others:
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {other}")
