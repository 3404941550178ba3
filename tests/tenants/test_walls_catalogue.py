"""Every table of a store stands behind row-level security, also the next one."""

from contextlib import suppress
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.models import F, UniqueConstraint

from ppob.kit.tenant_rows import TenantRow

TENANT_TABLES = """
    SELECT c.oid, c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid
        AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
"""

STORES = "tenants_tenant"
# Whoever serves may write down a deed that belongs to no store.
OPEN = {"security_auditentry"}
ALL = ("PERMISSIVE", "ALL")
PLATFORM = ("ppob_owner", "ppob_platform")
# As PostgreSQL writes the condition down.
MINE = (
    "({} = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true),"
    " ''::text))::bigint AS \"nullif\"))"
)

# Unique in the whole installation on purpose: what finds a store before it is known, or
# random numbers that no store can choose.
UNIQUE_EVERYWHERE = {
    ("tenants_guild", ("discord_id",)),
    ("tenants_invitation", ("token_hash",)),  # of 256 random bits
    ("bot_botinstance", ("application_id",)),
    ("payments_payment", ("reference",)),
}

FOREVER = {
    "payments_ledgerentry",
    "payments_ledgerposting",
    "payments_depositevent",
    "payments_orderevent",
    "payments_paymentevent",
    "payments_refundevent",
    "payments_refundpart",
    "payments_reversal",
    "bot_instanceevent",
    "bot_panelevent",
    "bot_ticketevent",
    "inventory_breakerevent",
    "inventory_purchaseevent",
    "inventory_stockmovement",
    "security_auditentry",
    "security_auditlink",
}


@pytest.fixture
def ask(superuser):
    """Run a query on the catalogue and return its rows."""
    return lambda query: superuser.execute(query).fetchall()


def test_every_table_with_a_tenant_is_a_tenant_row(ask):
    tables = {name for _oid, name in ask(TENANT_TABLES)}

    modelled = {
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, TenantRow)
    }

    assert tables == modelled
    assert len(tables) > 20


def test_every_tenant_table_has_forced_row_level_security(ask):
    open_tables = ask(
        f"SELECT t.relname FROM ({TENANT_TABLES}) t JOIN pg_class c USING (oid)"
        " WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)"
        " UNION ALL SELECT relname FROM pg_class WHERE relname = 'tenants_tenant'"
        " AND NOT (relrowsecurity AND relforcerowsecurity)"
    )

    assert open_tables == []


def test_every_tenant_table_has_exactly_these_two_policies(ask):
    """What may be seen, what may be written, for which commands and for whom."""
    policies = ask(
        "SELECT schemaname, tablename, policyname, roles::text[], permissive, cmd,"
        " qual, with_check FROM pg_policies"
    )
    kept = {
        (schema, table, name, tuple(roles), *rest)
        for schema, table, name, roles, *rest in policies
    }
    wanted = set()
    for table in sorted({name for _oid, name in ask(TENANT_TABLES)} | {STORES}):
        mine = MINE.format("id" if table == STORES else "tenant_id")
        accepted = f"({mine} OR (tenant_id IS NULL))" if table in OPEN else mine
        wanted |= {
            ("public", table, "tenant_rows", ("ppob_app",), *ALL, mine, accepted),
            ("public", table, "all_rows", PLATFORM, *ALL, "true", "true"),
        }

    assert kept == wanted


def test_no_reference_between_stores_tables_forgets_the_store(ask):
    single = ask(
        "SELECT f.conrelid::regclass::text, f.conname FROM pg_constraint f"
        f" JOIN ({TENANT_TABLES}) a ON a.oid = f.conrelid"
        f" JOIN ({TENANT_TABLES}) b ON b.oid = f.confrelid"
        " WHERE f.contype = 'f' AND cardinality(f.conkey) = 1"
    )

    assert single == []


def test_every_reference_of_a_model_is_one_of_the_database(ask):
    kept = {
        (table, column)
        for table, column in ask(
            "SELECT f.conrelid::regclass::text, a.attname FROM pg_constraint f"
            " JOIN pg_attribute a ON a.attrelid = f.conrelid"
            " AND a.attnum = ANY (f.conkey) WHERE f.contype = 'f'"
        )
    }
    modelled = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if issubclass(model, TenantRow)
        for field in model._meta.concrete_fields
        if field.is_relation
    }

    assert modelled - kept == set()


def test_uniqueness_never_tells_what_another_store_has(ask):
    unique = ask(
        "SELECT i.indrelid::regclass::text,"
        " array_agg(a.attname::text ORDER BY a.attnum)"
        f" FROM pg_index i JOIN ({TENANT_TABLES}) t ON t.oid = i.indrelid"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indisunique GROUP BY i.indexrelid, i.indrelid"
    )

    telling = {
        (table, tuple(columns))
        for table, columns in unique
        if "tenant_id" not in columns and columns not in (["id"], ["public_id"])
    }

    assert telling == UNIQUE_EVERYWHERE


def test_public_ids_are_random_numbers_of_our_own():
    chosen_by_others = [
        model._meta.label
        for model in apps.get_models()
        if issubclass(model, TenantRow)
        for field in model._meta.concrete_fields
        if field.name == "public_id"
        and (field.get_internal_type() != "UUIDField" or field.editable)
    ]

    assert chosen_by_others == []


def test_conditions_of_uniqueness_are_declared_in_the_models():
    unnamed = [
        constraint.name
        for model in apps.get_models()
        if issubclass(model, TenantRow)
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint)
        if not {"tenant", "tenant_id"}
        & {
            *constraint.fields,
            *(part.name for part in constraint.expressions if isinstance(part, F)),
        }
    ]

    assert unnamed == []


def test_nothing_in_the_database_runs_with_anothers_rights(ask):
    functions = ask(
        "SELECT proname FROM pg_proc WHERE prosecdef"
        " AND pronamespace = 'public'::regnamespace"
    )
    views = ask(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm')"
        " AND relnamespace = 'public'::regnamespace"
    )

    assert (functions, views) == ([], [])


def test_the_roles_that_serve_own_nothing_and_may_not_change_the_schema(ask):
    owners = ask("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname='public'")
    creators = ask(
        "SELECT rolname FROM pg_roles WHERE rolname IN ('ppob_app', 'ppob_platform')"
        " AND (has_schema_privilege(rolname, 'public', 'CREATE') OR rolcreaterole"
        " OR rolcreatedb OR rolsuper OR rolbypassrls OR rolreplication)"
    )
    members = ask(
        "SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members"
        " WHERE member::regrole::text LIKE 'ppob%'"
    )
    beyond = ask(
        "SELECT rolname FROM pg_roles WHERE rolname = 'ppob_owner'"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication)"
    )
    settings = ask(
        "SELECT setconfig FROM pg_db_role_setting WHERE setconfig::text ~"
        " 'app[.]|role=|row_security|session_replication_role'"
    )
    truncating = ask(
        "SELECT DISTINCT grantee FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND grantee LIKE 'ppob%'"
        " AND grantee <> 'ppob_owner'"
        " AND privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES')"
    )

    assert owners == [("ppob_owner",)]
    assert creators == []
    assert (members, beyond, settings) == ([], [], [])
    assert truncating == []


def test_what_is_never_changed_has_the_triggers_that_see_to_it(ask):
    guarded = ask(
        "SELECT tgrelid::regclass::text FROM pg_trigger t"
        " JOIN pg_proc p ON p.oid = t.tgfoid AND p.proname = 'refuse_change'"
        " WHERE t.tgenabled <> 'D' GROUP BY 1 HAVING count(*) = 2"
    )

    assert {table for (table,) in guarded} == FOREVER


def test_the_migrations_are_complete(db):
    told = StringIO()

    with suppress(SystemExit):  # that is how the command says no
        call_command("makemigrations", check=True, dry_run=True, stdout=told)

    assert told.getvalue() == "No changes detected\n"


def test_the_three_connections_are_three_roles(db):
    roles = {}
    for alias in ("default", "platform", "owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user")
            roles[alias] = cursor.fetchone()[0]

    assert roles == {
        "default": "ppob_app",
        "platform": "ppob_platform",
        "owner": "ppob_owner",
    }
