"""The migration operation that puts a table behind row-level security."""

from typing import Any

from django.db.migrations.operations.base import Operation

# Unset it is NULL, but empty on a connection that had it once: '' is no number.
TENANT = "NULLIF(current_setting('app.tenant_id', true), '')::bigint"
# What PostgreSQL keeps of it; `pg_policies` shows this text.
KEPT_TENANT = "(NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint"


def kept_condition(column: str, *, open_rows: bool = False) -> str:
    """The condition "this row is mine" as `pg_policies` shows it, word for word."""
    mine = f'({column} = ( SELECT {KEPT_TENANT} AS "nullif"))'
    return f"({mine} OR ({column} IS NULL))" if open_rows else mine


def _reference(table: str, column: str, target: str) -> str:
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_tenant_fk"
        f" FOREIGN KEY (tenant_id, {column}) REFERENCES {target} (tenant_id, id)"
        " DEFERRABLE INITIALLY DEFERRED"
    )


class TenantTable(Operation):
    """Fence a table: policies for both roles, and references that name the tenant.

    `references` maps a column to the table it points at; each becomes a composite
    foreign key `(tenant_id, column)`. `tenant_column` is `id` for the tenants' own
    table. `open_rows` also shows rows without a tenant to nobody but the platform, and
    lets everybody add them (audit entries of nobody's store).
    """

    reversible = True

    def __init__(
        self,
        table: str,
        *,
        references: dict[str, str] | None = None,
        tenant_column: str = "tenant_id",
        open_rows: bool = False,
    ) -> None:
        self.table = table
        self.references = references or {}
        self.tenant_column = tenant_column
        self.open_rows = open_rows

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            type(self).__name__,
            [self.table],
            {
                "references": self.references,
                "tenant_column": self.tenant_column,
                "open_rows": self.open_rows,
            },
        )

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's model state knows about changes."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for statement in [*self._fence(), *self._references()]:
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        table = self.table
        for column in self.references:
            schema_editor.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_tenant_fk"
            )
        if self._has_key():
            schema_editor.execute(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_tenant_key"
            )
        schema_editor.execute(f"DROP POLICY tenant_rows ON {table}")
        schema_editor.execute(f"DROP POLICY all_rows ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Put {self.table} behind row-level security"

    def _fence(self) -> list[str]:
        table, column = self.table, self.tenant_column
        # A sub-select is evaluated once per statement, not once per row.
        mine = f"{column} = (SELECT {TENANT})"
        check = f"({mine} OR {column} IS NULL)" if self.open_rows else f"({mine})"
        statements = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            # Without FORCE a table's owner passes its policies.
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant_rows ON {table} TO ppob_app"
            f" USING ({mine}) WITH CHECK {check}",
            f"CREATE POLICY all_rows ON {table} TO ppob_platform, ppob_owner"
            " USING (true) WITH CHECK (true)",
        ]
        if self._has_key():
            statements.append(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_tenant_key"
                " UNIQUE (tenant_id, id)"
            )
        return statements

    def _has_key(self) -> bool:
        """Whether other tables may refer to the rows of this one."""
        return self.tenant_column == "tenant_id" and not self.open_rows

    def _references(self) -> list[str]:
        return [
            _reference(self.table, column, target)
            for column, target in self.references.items()
        ]


class CloseRows(Operation):
    """Let nobody but the platform add rows that belong to no tenant any more."""

    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's model state knows about changes."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        schema_editor.execute(self._check(f"(tenant_id = (SELECT {TENANT}))"))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        schema_editor.execute(
            self._check(f"(tenant_id = (SELECT {TENANT}) OR tenant_id IS NULL)")
        )

    def describe(self) -> str:
        return f"Leave the rows of {self.table} without a tenant to the platform"

    def _check(self, condition: str) -> str:
        return f"ALTER POLICY tenant_rows ON {self.table} WITH CHECK {condition}"


class TenantReferences(Operation):
    """Later references of a fenced table; each must name the tenant as well."""

    reversible = True

    def __init__(self, table: str, references: dict[str, str]) -> None:
        self.table = table
        self.references = references

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table, self.references], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's model state knows about changes."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for column, target in self.references.items():
            schema_editor.execute(_reference(self.table, column, target))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for column in self.references:
            schema_editor.execute(
                f"ALTER TABLE {self.table} DROP CONSTRAINT"
                f" {self.table}_{column}_tenant_fk"
            )

    def describe(self) -> str:
        return f"Fence the new references of {self.table}"


class AppendOnly(Operation):
    """Rows of this table can be added, never changed, deleted or truncated."""

    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.table], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's model state knows about changes."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger"
            " LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME"
            " USING ERRCODE = 'integrity_constraint_violation'; END $$",
            params=None,  # the per cent sign is PostgreSQL's
        )
        schema_editor.execute(
            f"CREATE TRIGGER {self.table}_append_only BEFORE UPDATE OR DELETE"
            f" ON {self.table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        # A trigger for each row does not see TRUNCATE.
        schema_editor.execute(
            f"CREATE TRIGGER {self.table}_no_truncate BEFORE TRUNCATE"
            f" ON {self.table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        schema_editor.execute(f"DROP TRIGGER {self.table}_append_only ON {self.table}")
        schema_editor.execute(f"DROP TRIGGER {self.table}_no_truncate ON {self.table}")

    def describe(self) -> str:
        return f"Make {self.table} append-only"
