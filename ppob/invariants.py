"""What must be true of the walls between stores, whichever tables there are."""

import re

from django.apps import apps
from django.db import models
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow
from ppob.kit.tenant_sql import AppendOnly, kept_condition

STORES = "tenants_tenant"
# An entry that belongs to no store may be written by whoever is told of it.
OPEN_TABLES = ("security_auditentry",)
_TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)[^;]*? ON (\w+)")

_OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

# The tables of the stores, also one that no model knows.
_FENCED = f"""
    SELECT c.oid, n.nspname, c.relname, c.relrowsecurity AND c.relforcerowsecurity
            AS is_forced,
        CASE c.relname WHEN '{STORES}' THEN 'id' ELSE 'tenant_id' END AS mark
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND {_OURS}
        AND (c.relname = '{STORES}' OR EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                AND a.attname = 'tenant_id' AND NOT a.attisdropped
        ))
"""


def _wrong_policies() -> str:
    """Policies that differ from the two each table has, are missing or are too many.

    Everything that makes a policy is compared: rows seen, rows accepted, commands,
    roles, and whether it grants or restricts.
    """
    open_tables = ", ".join(f"('{table}')" for table in OPEN_TABLES)
    mine = {
        mark: kept_condition(mark).replace("'", "''") for mark in ("id", "tenant_id")
    }
    opened = kept_condition("tenant_id", open_rows=True).replace("'", "''")
    return f"""
        WITH fenced AS ({_FENCED}), wanted AS (
            SELECT nspname, relname, 'tenant_rows' AS policyname,
                'PERMISSIVE' AS permissive, '{{ppob_app}}' AS roles, 'ALL' AS cmd,
                CASE mark WHEN 'id' THEN '{mine["id"]}'
                    ELSE '{mine["tenant_id"]}' END AS qual,
                CASE WHEN relname IN (VALUES {open_tables}) THEN '{opened}'
                    WHEN mark = 'id' THEN '{mine["id"]}'
                    ELSE '{mine["tenant_id"]}' END AS with_check
            FROM fenced
            UNION ALL
            SELECT nspname, relname, 'all_rows', 'PERMISSIVE',
                '{{ppob_owner,ppob_platform}}', 'ALL', 'true', 'true'
            FROM fenced
        ), kept AS (
            SELECT schemaname::text, tablename::text, policyname::text, permissive,
                roles::text, cmd, qual, with_check
            FROM pg_policies
        )
        SELECT NULL::bigint AS tenant_id, relname::text AS relation,
            'policy ' || policyname AS hole
        FROM ((TABLE wanted EXCEPT TABLE kept) UNION (TABLE kept EXCEPT TABLE wanted))
            AS different
    """


def _ways_round() -> str:
    """What would read or write a table with its owner's rights instead."""
    return f"""
        SELECT NULL::bigint, c.relname::text, 'view with the rights of its owner'
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND {_OURS}
            AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
            AND NOT EXISTS (
                SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'
            )
        UNION ALL
        SELECT NULL, p.proname::text, 'function with the rights of its owner'
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prosecdef AND {_OURS} AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e'
        )
        UNION ALL
        SELECT NULL, c.relname::text, 'rule ' || r.rulename
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND {_OURS}
    """


def _holes() -> str:
    return f"""
        SELECT NULL::bigint AS tenant_id, relname::text AS relation,
            'row-level security is not forced' AS hole
        FROM ({_FENCED}) AS fenced WHERE NOT is_forced
        UNION ALL SELECT * FROM ({_wrong_policies()}) AS policies
        UNION ALL SELECT * FROM ({_ways_round()}) AS ways_round
    """


# What the programs' roles may be and do. A member of another role gets the policies of
# that role as well, and a setting of a role or database is there before any statement.
_UNBOUND_ROLES = """
    SELECT NULL::bigint AS tenant_id, r.rolname::text AS role, a.power
    FROM pg_roles r CROSS JOIN LATERAL (VALUES
        ('is a superuser', r.rolsuper),
        ('bypasses policies', r.rolbypassrls),
        ('creates roles', r.rolcreaterole),
        ('replicates', r.rolreplication),
        ('creates databases', r.rolcreatedb AND r.rolname <> 'ppob_owner'),
        ('is a member of another role', EXISTS (
            SELECT FROM pg_auth_members m WHERE m.member = r.oid)),
        ('creates in the schema', r.rolname <> 'ppob_owner'
            AND has_schema_privilege(r.oid, 'public', 'CREATE'))
    ) AS a (power, has_it)
    WHERE r.rolname IN ('ppob_owner', 'ppob_app', 'ppob_platform') AND a.has_it
    UNION ALL
    SELECT NULL, r.rolname::text, 'owns or may empty ' || c.relname
    FROM pg_class c
    JOIN pg_roles r ON r.rolname IN ('ppob_app', 'ppob_platform')
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND (
        c.relowner = r.oid
        OR has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER, REFERENCES')
    )
    UNION ALL
    SELECT NULL, pg_get_userbyid(c.relowner)::text, 'owns ' || c.relname
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND pg_get_userbyid(c.relowner) NOT IN
            ('ppob_owner', 'ppob_app', 'ppob_platform')
    UNION ALL
    SELECT NULL, coalesce(r.rolname, d.datname, '')::text, 'is set: ' || setting
    FROM pg_db_role_setting s
    LEFT JOIN pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_database d ON d.oid = s.setdatabase
    CROSS JOIN LATERAL unnest(s.setconfig) AS setting
    WHERE s.setdatabase IN (
            0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        AND (s.setrole = 0 OR r.rolname IN ('ppob_owner', 'ppob_app', 'ppob_platform'))
        AND setting ~ '^(app[.]|role=|row_security=|session_replication_role=)'
"""


def _references() -> list[tuple[str, str, str]]:
    """Every reference inside a store: table, column, table it points at."""
    return [
        (model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in apps.get_models()
        if issubclass(model, TenantRow)
        for field in model._meta.concrete_fields
        if isinstance(field, TenantForeignKey)
    ]


def _crossing_rows() -> str:
    """Rows that name another store's row, or one that is gone."""
    return " UNION ALL ".join(
        f"SELECT c.tenant_id, '{table}.{column}' AS reference, c.id,"
        f" c.{column}::text AS points_at, p.tenant_id AS its_store"
        f" FROM {table} c LEFT JOIN {target} p ON p.id = c.{column}"
        f" WHERE c.{column} IS NOT NULL AND p.tenant_id IS DISTINCT FROM c.tenant_id"
        for table, column, target in _references()
    )


def _own_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if issubclass(model, TenantRow) or model._meta.db_table == STORES
    ]


def _constraints() -> list[tuple[str, str]]:
    """Table and name of what the models promise once and for all."""
    return [
        (model._meta.db_table, str(constraint.name))
        for model in _own_models()
        for constraint in model._meta.constraints
    ]


def _unique_columns() -> list[tuple[str, str]]:
    return [
        (model._meta.db_table, str(field.column))
        for model in _own_models()
        for field in model._meta.concrete_fields
        if field.unique and not field.primary_key
    ]


def _triggers() -> list[tuple[str, str]]:
    """Table and name of every trigger that the migrations have made."""
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    found = []
    for migration in migrations.values():
        for operation in migration.operations:
            if isinstance(operation, AppendOnly):
                table = operation.table
                found += [
                    (table, f"{table}_append_only"),
                    (table, f"{table}_no_truncate"),
                ]
            elif isinstance(operation, RunSQL):
                found += [
                    (on, name) for name, on in _TRIGGER.findall(str(operation.sql))
                ]
    return sorted(found)


def _values(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"('{table}', '{name}')" for table, name in pairs)


def _missing_guards() -> str:
    """References, triggers and constraints that the database does not enforce."""
    references = [
        (table, f"{table}_{column}_tenant_fk")
        for table, column, _target in _references()
    ]
    return f"""
        SELECT NULL::bigint AS tenant_id, w.relation, w.guard
        FROM (VALUES {_values(references)}) AS w (relation, guard)
        WHERE NOT EXISTS (
            SELECT FROM pg_constraint k
            WHERE k.conrelid = to_regclass(w.relation) AND k.contype = 'f'
                AND k.conname = left(w.guard, 63)
        )
        UNION ALL
        SELECT NULL, w.relation, w.guard
        FROM (VALUES {_values(_constraints())}) AS w (relation, guard)
        WHERE NOT EXISTS (
            SELECT FROM pg_constraint k WHERE k.conrelid = to_regclass(w.relation)
                AND k.contype IN ('c', 'u', 'x') AND k.conname = w.guard
        ) AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = to_regclass(w.relation)
                AND i.indexrelid = to_regclass(quote_ident(w.guard))
                AND i.indisunique AND i.indisvalid
        )
        UNION ALL
        SELECT NULL, w.relation, w.guard || ' once'
        FROM (VALUES {_values(_unique_columns())}) AS w (relation, guard)
        WHERE NOT EXISTS (
            SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid
            WHERE i.indrelid = to_regclass(w.relation) AND a.attname = w.guard
                AND i.indkey::text = a.attnum::text
                AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        )
        UNION ALL
        SELECT NULL, w.relation, w.guard
        FROM (VALUES {_values(_triggers())}) AS w (relation, guard)
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger t
            WHERE t.tgrelid = to_regclass(w.relation) AND t.tgname = w.guard
        )
        UNION ALL
        SELECT NULL, conrelid::regclass::text, conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
            AND NOT (convalidated AND conenforced)
        UNION ALL
        SELECT NULL, t.tgrelid::regclass::text, t.tgname FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled IN ('D', 'R')
    """


INVARIANTS = (
    Invariant(
        "stores_are_fenced",
        _("Every table of the stores is fenced off by the database"),
        _holes(),
    ),
    Invariant(
        "roles_are_bound",
        _("The programs' accounts at the database are bound by these fences"),
        _UNBOUND_ROLES,
    ),
    Invariant(
        "guards_are_on",
        _("No guard of the database is missing or switched off"),
        _missing_guards(),
    ),
    Invariant(
        "references_stay_in_store",
        _("Nothing refers to another store, or to something that is gone"),
        _crossing_rows(),
        is_nightly=True,
    ),
)
