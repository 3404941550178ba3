"""A status that moves and the event that says so, in one round trip."""

from typing import Any

from django.db import connection, models

from ppob.kit.db import prepared_cursor
from ppob.kit.tenant_rows import assign_tenant

_MOVE = """
WITH moved AS (
    UPDATE {table} SET {assignments}
    WHERE id = %s AND tenant_id = %s AND status = %s RETURNING id
)
INSERT INTO {events} ({columns}) SELECT {values} FROM moved
"""


def move_row(
    row: models.Model, event: models.Model, *, source: str, changes: dict[str, Any]
) -> bool:
    """Change `row` if its status still is `source`, and write `event` down with it.

    False, and nothing is written, when the row has moved on. The statement decides, so
    two movers never both win. `event` is not saved yet; `row` is not changed in memory.
    Raises WrongTenantScope for another tenant's row.
    """
    assignments, arguments = _pairs(row, changes)
    for written in (row, event):
        assign_tenant(written)  # no manager looks at plain SQL
    tenant_id = row.tenant_id  # type: ignore[attr-defined]
    columns, values = _columns(event)
    statement = _MOVE.format(
        table=row._meta.db_table,
        assignments=assignments,
        events=event._meta.db_table,
        columns=", ".join(columns),
        values=", ".join(["%s"] * len(columns)),
    )
    with prepared_cursor() as cursor:
        cursor.execute(statement, [*arguments, row.pk, tenant_id, source, *values])
        return bool(cursor.rowcount)


def _pairs(row: models.Model, changes: dict[str, Any]) -> tuple[str, list[Any]]:
    columns = {field.name: field for field in row._meta.concrete_fields if field.column}
    assignments = ", ".join(f"{columns[name].column} = %s" for name in changes)
    return assignments, [
        columns[name].get_db_prep_save(value, connection)
        for name, value in changes.items()
    ]


def _columns(event: models.Model) -> tuple[list[str], list[Any]]:
    fields = [field for field in event._meta.concrete_fields if not field.primary_key]
    return [str(field.column) for field in fields], [
        field.get_db_prep_save(getattr(event, field.attname), connection)
        for field in fields
    ]
