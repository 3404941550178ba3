"""What must be true of the walls between stores, whichever tables there are."""

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from ppob.kit.invariants import Invariant
from ppob.kit.tenant_rows import TenantForeignKey, TenantRow

STORES = "tenants_tenant"


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


def _missing_guards() -> str:
    """References, triggers and constraints that the database does not enforce."""
    wanted = ", ".join(
        f"('{table}', '{table}_{column}_tenant_fk')"
        for table, column, _target in _references()
    )
    return f"""
        SELECT NULL::bigint AS tenant_id, w.relation, w.guard
        FROM (VALUES {wanted}) AS w (relation, guard)
        WHERE NOT EXISTS (
            SELECT FROM pg_constraint k
            WHERE k.conrelid = to_regclass(w.relation) AND k.contype = 'f'
                AND k.conname = left(w.guard, 63)
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
        f"""
        SELECT NULL::bigint AS tenant_id, c.relname FROM pg_class c
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
            AND (c.relname = '{STORES}' OR EXISTS (
                SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                    AND a.attname = 'tenant_id' AND NOT a.attisdropped
            ))
            AND (
                NOT (c.relrowsecurity AND c.relforcerowsecurity)
                OR 1 <> (
                    SELECT count(*) FROM pg_policies p
                    WHERE p.schemaname = 'public' AND p.tablename = c.relname
                        AND p.roles && ARRAY['ppob_app', 'public']::name[]
                )
                OR NOT EXISTS (
                    SELECT FROM pg_policies p
                    WHERE p.schemaname = 'public' AND p.tablename = c.relname
                        AND p.roles = ARRAY['ppob_app']::name[]
                        AND p.qual ~ '^[(](tenant_)?id = [(] SELECT'
                        AND position('app.tenant_id' IN p.qual) > 0
                )
            )
        """,
    ),
    Invariant(
        "roles_are_bound",
        _("The programs' accounts at the database are bound by these fences"),
        """
        SELECT NULL::bigint AS tenant_id, rolname FROM pg_roles
        WHERE rolname IN ('ppob_app', 'ppob_platform')
            AND (rolsuper OR rolbypassrls OR pg_has_role(oid, 'ppob_owner', 'member'))
        """,
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
    ),
)
