"""A row's transition and the event that says so, in one round trip.

Django would need two statements or more and build their SQL anew each time; these are
put together from the models' own names and planned once per connection.
"""

from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from ppob.kit.db import prepared_cursor
from ppob.kit.tenant_rows import adopt

# Whoever waits here for another transaction looks again at what that one left, and
# finds another status: two never both win.
_FROM_KNOWN = """
WITH moved AS (
    UPDATE {table} SET {assignments}
    WHERE id = %s AND {tenant} AND {column} = %s RETURNING old.{column} AS source
)
"""
# Locked first, for an UPDATE alone does not wait for a row that is only on its way to
# one of the sources: it would find nothing, and the transition would be lost.
_FROM_ANY = """
WITH was AS (
    SELECT id, {column} AS source FROM {table} WHERE id = %s AND {tenant} FOR UPDATE
), moved AS (
    UPDATE {table} AS changed SET {assignments}
    FROM was WHERE changed.id = was.id AND was.source = ANY(%s) RETURNING was.source
)
"""
_EVENT = "INSERT INTO {events} ({columns}) SELECT {values} FROM moved RETURNING source"
_NO_EVENT = "SELECT source FROM moved"


@dataclass(frozen=True)
class Write:
    """What a transition writes: other values of a row, and a new event about it.

    `changes` are by field or column name, the status (in `column`) among them. A row
    of no tenant, or of any, is written through the connection `using`.
    """

    row: models.Model
    event: models.Model | None
    changes: dict[str, Any]
    column: str
    using: str


def write_from(write: Write, source: str) -> bool:
    """Write if the row still is at `source`; False, and nothing is written, if not.

    The statement decides. The event is not saved yet; the row is not changed in memory.
    Raises WrongTenantScope for another tenant's row.
    """
    assignments, arguments = _assignments(write)
    head = _FROM_KNOWN.format(assignments=assignments, **_names(write))
    values = [*arguments, write.row.pk, _tenant_id(write), source]
    return _run(write, head, values) is not None


def write_from_any(write: Write, sources: list[str]) -> str | None:
    """Write if the row is at one of `sources`; where it was, or None and no change.

    Waits for whoever is moving the row.
    """
    assignments, arguments = _assignments(write)
    head = _FROM_ANY.format(assignments=assignments, **_names(write))
    values = [write.row.pk, _tenant_id(write), *arguments, sources]
    return _run(write, head, values)


def _run(write: Write, head: str, arguments: list[Any]) -> str | None:
    """Run `head` and write the event about the row that it moved; the row's source."""
    for written in (write.row, write.event):
        if written is not None and write.using == DEFAULT_DB_ALIAS:
            adopt(written)  # no manager looks at plain SQL
    tail, values = _tail(write)
    with prepared_cursor(using=write.using) as cursor:
        cursor.execute(head + tail, [*arguments, *values])
        moved = cursor.fetchone()
    return None if moved is None else str(moved[0])


def _tail(write: Write) -> tuple[str, list[Any]]:
    if write.event is None:
        return _NO_EVENT, []
    meta = write.event._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    # Where the row was is known best by the statement that found it there.
    places = ["moved.source" if f.name == "source" else "%s" for f in fields]
    tail = _EVENT.format(
        events=meta.db_table,
        columns=", ".join(str(field.column) for field in fields),
        values=", ".join(places),
    )
    return tail, [
        _prepared(write, field, getattr(write.event, field.attname))
        for field in fields
        if field.name != "source"
    ]


def _assignments(write: Write) -> tuple[str, list[Any]]:
    fields = {
        name: field
        for field in write.row._meta.concrete_fields
        for name in (field.name, field.attname)
    }
    assignments = ", ".join(f"{fields[name].column} = %s" for name in write.changes)
    return assignments, [
        _prepared(write, fields[name], value) for name, value in write.changes.items()
    ]


def _prepared(write: Write, field: models.Field, value: Any) -> Any:
    return field.get_db_prep_save(value, connections[write.using])


def _names(write: Write) -> dict[str, str]:
    # `=` is what an index and a policy understand; the platform's rows may have none.
    same = "=" if write.using == DEFAULT_DB_ALIAS else "IS NOT DISTINCT FROM"
    return {
        "table": write.row._meta.db_table,
        "column": write.column,
        "tenant": f"tenant_id {same} %s",
    }


def _tenant_id(write: Write) -> int | None:
    tenant_id: int | None = write.row.tenant_id  # type: ignore[attr-defined]
    return tenant_id
