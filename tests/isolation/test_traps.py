"""The traps of row-level security, each walked into on our own tables.

A trap that is not in the table of a review is forgotten; this is the table.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from psycopg import sql
from psycopg.conninfo import make_conninfo

from catalog.models import Product
from ppob.kit.checks import database_roles
from ppob.kit.scope import tenant_scope
from ppob.kit.tenant_rows import TenantForeignKey
from ppob.local import paths
from tests.factories import make_product
from tests.isolation import canary
from tests.isolation.world import complete, make_world

# What goes wrong, and the test in this module that shows it does not go wrong here.
TRAPS = {
    "the owner of a table passes its policies": "test_owners_and_superusers",
    "an unset setting is empty text and no NULL": "test_an_unset_setting",
    "a setting of the session stays for the next user": "test_settings_of_a_session",
    "a view reads with its owner's rights": "test_views",
    "a unique index tells what others have": "test_uniqueness",
    "a reference finds rows that policies hide": "test_every_reference",
    "the application may name any store": "test_statements_are_never_put_together",
    "row_security can be switched off": "test_switching_row_security_off",
    "the setting is read once per row": "test_the_store_is_read_once_per_statement",
    "copying a table needs no policy": "test_copying_a_table",
    "truncating asks no policy": "test_truncating",
    "statistics show values of hidden rows": "test_statistics",
}
# Statements put together from constants and column names; no word of theirs comes from
# outside.
MADE_OF_OUR_OWN_WORDS = {
    "ppob/kit/invariants.py": "rules of the product, wrapped to count their rows",
    "ppob/kit/moved.py": "tables named in rules of the product",
    "ppob/kit/postgres/base.py": "the store's number, as an integer",
    "ppob/kit/machine.py": "tables and columns of models",
    "ppob/kit/transition_sql.py": "tables and columns of models",
}
PRODUCT_CODE = (
    "ppob",
    "security",
    "tenants",
    "catalog",
    "inventory",
    "payments",
    "bot",
)


def test_every_trap_has_its_test():
    here = {name for name in globals() if name.startswith("test_")}

    assert set(TRAPS.values()) <= here


@pytest.fixture
def app(db) -> Iterator[psycopg.Connection]:
    """A connection of the application's role that no backend of ours has touched."""
    dsn = paths.superuser_dsn(connection.settings_dict["NAME"])
    with psycopg.connect(make_conninfo(dsn, user="ppob_app"), autocommit=True) as raw:
        yield raw


@pytest.fixture
def theirs(arcadia, borealis):
    """A product of each store; Borealis's is the one nobody else may see."""
    with tenant_scope(arcadia.pk):
        make_product(name="ours")
    with tenant_scope(borealis.pk):
        return make_product(name="theirs")


def visible(app, *, to: int) -> list[str]:
    with app.transaction():
        app.execute("SELECT set_config('app.tenant_id', %s, true)", (str(to),))
        return [name for (name,) in app.execute("SELECT name FROM catalog_product")]


def test_owners_and_superusers(theirs, superuser):
    with superuser.transaction(force_rollback=True):
        superuser.execute(
            "SET LOCAL ROLE ppob_owner; DROP POLICY all_rows ON catalog_product"
        )
        forced = superuser.execute("SELECT count(*) FROM catalog_product").fetchone()
        superuser.execute("ALTER TABLE catalog_product NO FORCE ROW LEVEL SECURITY")
        unforced = superuser.execute("SELECT count(*) FROM catalog_product").fetchone()

    assert (forced, unforced) == ((0,), (2,))  # the trap is real, and closed
    assert database_roles(databases=["default", "platform"]) == []


def test_a_role_that_passes_policies_is_refused_at_the_start(db, superuser):
    superuser.execute("ALTER ROLE ppob_app BYPASSRLS")
    try:
        [error] = database_roles(databases=["default", "platform"])
    finally:
        superuser.execute("ALTER ROLE ppob_app NOBYPASSRLS")

    assert error.id == "ppob.E001"


def test_an_unset_setting(app, theirs, arcadia):
    assert visible(app, to=arcadia.pk) == ["ours"]

    [(setting,)] = app.execute("SELECT current_setting('app.tenant_id', true)")
    assert setting == ""  # no NULL: a plain cast would fail here
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        app.execute("SELECT current_setting('app.tenant_id', true)::bigint")
    assert app.execute("SELECT name FROM catalog_product").fetchall() == []


def test_settings_of_a_session(app, theirs, arcadia):
    app.execute("SELECT set_config('app.tenant_id', %s, false)", (str(arcadia.pk),))
    left_behind = app.execute("SELECT name FROM catalog_product").fetchall()
    assert left_behind == [("ours",)]  # the trap: the next user would see this

    with tenant_scope(arcadia.pk), transaction.atomic():
        assert Product.objects.count() == 1
    raw = connection.connection
    assert raw.execute("SELECT name FROM catalog_product").fetchall() == []
    lasting = re.compile(r"set_config\('app\.tenant_id',(?!.{1,40}, true\))|SET app\.")
    assert [path for path, text in _sources() if lasting.search(text)] == []


def test_views(app, theirs, superuser, arcadia):
    superuser.execute("CREATE VIEW leaking AS SELECT name FROM catalog_product")
    superuser.execute(
        "CREATE VIEW asking WITH (security_invoker = true) AS"
        " SELECT name FROM catalog_product"
    )
    try:
        superuser.execute("GRANT SELECT ON leaking, asking TO ppob_app")
        with app.transaction():
            app.execute(
                "SELECT set_config('app.tenant_id', %s, true)", (str(arcadia.pk),)
            )
            leaked = app.execute("SELECT name FROM leaking ORDER BY 1").fetchall()
            asked = app.execute("SELECT name FROM asking").fetchall()
    finally:
        superuser.execute("DROP VIEW leaking, asking")

    assert leaked == [("ours",), ("theirs",)]  # the trap
    assert asked == [("ours",)]
    views = superuser.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm')"
        " AND relnamespace = 'public'::regnamespace"
    )
    assert views.fetchall() == []


def test_uniqueness(theirs, in_arcadia):
    make_product(sku=theirs.sku)

    assert Product.objects.filter(sku=theirs.sku).count() == 1
    with pytest.raises(IntegrityError):
        make_product(sku=theirs.sku)


def references() -> list[tuple[str, str]]:
    """Every column that points from one row of a store to another."""
    return [
        (model._meta.db_table, field.column)
        for model in canary.tenant_models()
        for field in model._meta.concrete_fields
        if isinstance(field, TenantForeignKey)
    ]


def test_every_reference(db, superuser, settings, tmp_path):
    """No row of ours can be pointed at a row of theirs, whichever column it is."""
    settings.MEDIA_ROOT = tmp_path
    world = make_world(superuser)
    ours, theirs = world.ours.tenant.pk, world.theirs.tenant.pk
    complete(superuser, world.ours)
    accepted = []
    for table, column in references():
        mine = newest(superuser, table, ours)
        other = newest(superuser, _target_of(table, column), theirs)
        try:
            with superuser.transaction(force_rollback=True):
                superuser.execute("SET CONSTRAINTS ALL IMMEDIATE")
                _without_checks(superuser, table)
                superuser.execute(
                    f"UPDATE {table} SET {column} = %s WHERE id = %s", (other, mine)
                )
        except psycopg.errors.ForeignKeyViolation:
            continue
        accepted.append((table, column))

    assert len(references()) > 25
    assert accepted == []


def _without_checks(superuser, table: str) -> None:
    """Drop what else could refuse the row, so that the reference alone decides."""
    found = superuser.execute(
        "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'u')"
        " AND conrelid = %s::regclass AND conname NOT LIKE '%%tenant_key'",
        (table,),
    )
    for (name,) in found.fetchall():
        statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        superuser.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))
    superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def _target_of(table: str, column: str) -> str:
    for model in apps.get_models():
        if model._meta.db_table == table:
            field = next(f for f in model._meta.concrete_fields if f.column == column)
            return str(field.related_model._meta.db_table)
    raise AssertionError(table)


def newest(superuser, table: str, tenant_id: int) -> int:
    found = superuser.execute(
        f"SELECT max(id) FROM {table} WHERE tenant_id = %s", (tenant_id,)
    )
    [(row,)] = found.fetchall()
    assert row is not None, table
    return row


def test_statements_are_never_put_together():
    """Row-level security is no help against injection: the role may name any store."""
    found = [
        f"{path}:{node.lineno}"
        for path, text in _sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and _is_unsafe(node)
        and str(path) not in MADE_OF_OUR_OWN_WORDS
    ]

    assert found == []


def test_every_plain_statement_names_the_store():
    """No manager filters plain SQL: without the policies, only its own words do.

    Rules and the platform's questions are about all stores by their nature.
    """
    statements = [
        (path, node.value)
        for path, text in _sources()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and not {"invariants", "invariants.py", "cross_tenant.py"} & set(path.parts)
    ]
    tables = "|".join(model._meta.db_table for model in canary.tenant_models())
    use = re.compile(rf"\b(?:UPDATE|INTO|FROM|JOIN)\s+(?:{tables})\b")
    forgetful = [
        str(path)
        for path, text in statements
        if use.search(text) and "tenant" not in text
    ]
    halves = [
        f"{path}: {part}"
        for path, text in statements
        for part in re.split(r"\b(?=SELECT|UPDATE|DELETE)\b", text)
        if re.search(rf"\b(?:UPDATE|FROM)\s+(?:{tables})\b", part)
        and "tenant_id =" not in part
    ]

    assert (forgetful, halves) == ([], [])


def _sources() -> Iterator[tuple[Path, str]]:
    for folder in PRODUCT_CODE:
        for path in Path(folder).rglob("*.py"):
            is_schema = "migrations" in path.parts or path.name == "tenant_sql.py"
            if not is_schema and "local" not in path.parts:
                yield path, path.read_text()


def _is_unsafe(call: ast.Call) -> bool:
    """Whether SQL is made from text at the moment it is sent."""
    name = getattr(call.func, "attr", "")
    if name in ("raw", "extra", "RawSQL") or getattr(call.func, "id", "") == "RawSQL":
        return True
    if name not in ("execute", "executemany") or not call.args:
        return False
    return isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Call)


def test_switching_row_security_off(app, theirs, arcadia):
    app.execute("SET row_security = off")

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        visible(app, to=arcadia.pk)


def test_the_store_is_read_once_per_statement(app, theirs, arcadia):
    with app.transaction():
        app.execute("SELECT set_config('app.tenant_id', %s, true)", (str(arcadia.pk),))
        plan = app.execute("EXPLAIN SELECT * FROM catalog_product").fetchall()

    text = "\n".join(line for (line,) in plan)
    assert "InitPlan" in text
    assert "current_setting" not in text.split("InitPlan", 1)[0]


def test_copying_a_table(app, theirs, arcadia):
    with app.transaction():
        app.execute("SELECT set_config('app.tenant_id', %s, true)", (str(arcadia.pk),))
        with app.cursor().copy(
            "COPY (SELECT name FROM catalog_product) TO STDOUT"
        ) as out:
            lines = b"".join(bytes(part) for part in out)
        with (
            app.transaction(),
            app.cursor().copy("COPY catalog_product TO STDOUT") as whole,
        ):
            copied = b"".join(bytes(part) for part in whole)

    assert lines == b"ours\n"
    assert b"theirs" not in copied


def test_truncating(app, theirs):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("TRUNCATE catalog_product CASCADE")


def test_statistics(app, theirs, superuser):
    superuser.execute("ANALYZE catalog_product")

    shown = app.execute(
        "SELECT * FROM pg_stats WHERE tablename = 'catalog_product'"
    ).fetchall()
    assert shown == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("SELECT * FROM pg_statistic")


def test_no_table_shows_theirs_to_plain_sql(db, superuser, settings, tmp_path):
    """Every table, by a statement that nobody scoped, in the scope of ours."""
    settings.MEDIA_ROOT = tmp_path
    world = make_world(superuser)
    seen, theirs = [], []
    with world.ours.open():
        for model in canary.tenant_models():
            table = model._meta.db_table
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT count(*) FROM {table} WHERE tenant_id IS DISTINCT FROM %s",
                    (world.ours.tenant.pk,),
                )
                seen += [table] if cursor.fetchone()[0] else []
            theirs += superuser.execute(
                f"SELECT 1 FROM {table} WHERE tenant_id = %s LIMIT 1",
                (world.theirs.tenant.pk,),
            ).fetchall()

    assert seen == []
    assert len(theirs) == len(canary.tenant_models())  # there was something to see


def test_a_superuser_sees_what_the_others_do_not(theirs, superuser):
    """The control: the rows are there, and only the policies hide them."""
    dsn = paths.superuser_dsn(connection.settings_dict["NAME"])
    with psycopg.connect(dsn, autocommit=True) as raw:
        assert raw.execute("SELECT count(*) FROM catalog_product").fetchone() == (2,)
