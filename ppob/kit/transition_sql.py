"""A row's transition and the event that says so, in one round trip.

Django would need two statements or more and build their SQL anew each time; these are
put together from the models' own names and planned once per connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from ppob.kit.db import prepared_cursor
from ppob.kit.tenant_rows import assign_tenant

# Whoever waits here for another transaction looks again at what that one left, and
# finds another status: two never both win.
# RETURNING knows `old` since PostgreSQL 18.
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
    statement, arguments, said = _prepare(write, _FROM_KNOWN)
    return _run(write, statement, [*arguments, *_key(write), source, *said]) is not None


def write_from_any(write: Write, sources: list[str]) -> str | None:
    """Write if the row is at one of `sources`; where it was, or None and no change.

    Waits for whoever is moving the row.
    """
    statement, arguments, said = _prepare(write, _FROM_ANY)
    return _run(write, statement, [*_key(write), *arguments, sources, *said])


def _run(write: Write, statement: str, arguments: list[Any]) -> str | None:
    with prepared_cursor(using=write.using) as cursor:
        cursor.execute(statement, arguments)
        moved = cursor.fetchone()
    return None if moved is None else str(moved[0])


def _prepare(write: Write, head: str) -> tuple[str, list[Any], list[Any]]:
    """The statement, the values of the row's changes, and those of its event."""
    for written in (write.row, write.event):
        if written is not None and write.using == DEFAULT_DB_ALIAS:
            assign_tenant(written)  # no manager looks at plain SQL
    row, event = type(write.row), type(write.event) if write.event else None
    names = tuple(write.changes)
    statement = _statement(head, row, event, names, write.column, write.using)
    connection = connections[write.using]
    changes = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(
            _changed(row, names), write.changes.values(), strict=True
        )
    ]
    said = [
        field.get_db_prep_save(getattr(write.event, field.attname), connection)
        for field in (_said(event) if event else ())
    ]
    return statement, changes, said


def _key(write: Write) -> tuple[Any, int | None]:
    return write.row.pk, write.row.tenant_id  # type: ignore[attr-defined]


@cache
def _statement(
    head: str,
    row: type[models.Model],
    event: type[models.Model] | None,
    names: tuple[str, ...],
    column: str,
    using: str,
) -> str:
    # `=` is what an index and a policy understand; the platform's rows may have none.
    same = "=" if using == DEFAULT_DB_ALIAS else "IS NOT DISTINCT FROM"
    start = head.format(
        table=row._meta.db_table,
        column=column,
        tenant=f"tenant_id {same} %s",
        assignments=", ".join(f"{f.column} = %s" for f in _changed(row, names)),
    )
    if event is None:
        return start + _NO_EVENT
    fields = _said(event)
    return start + _EVENT.format(
        events=event._meta.db_table,
        columns=", ".join(["source", *(str(field.column) for field in fields)]),
        # Where the row was is known best by the statement that found it there.
        values=", ".join(["moved.source", *("%s" for _field in fields)]),
    )


@cache
def _changed(row: type[models.Model], names: tuple[str, ...]) -> Sequence[models.Field]:
    fields = {
        name: field
        for field in row._meta.concrete_fields
        for name in (field.name, field.attname)
    }
    return [fields[name] for name in names]


@cache
def _said(event: type[models.Model]) -> Sequence[models.Field]:
    """What an event says beside its source."""
    fields = event._meta.concrete_fields
    return [f for f in fields if not f.primary_key and f.name != "source"]
