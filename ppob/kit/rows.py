"""Single rows of the store in scope, on paths that have to be fast.

Django builds the SQL of a query anew each time, which takes several times as long as
PostgreSQL's answer. Here it is built once per model, and what comes back are ordinary
objects. Every statement names the tenant, as the managers' do.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

from ppob.kit import scope
from ppob.kit.db import prepared_cursor, require_transaction
from ppob.kit.tenant_rows import TenantRow, assign_tenant

Row = TypeVar("Row", bound=TenantRow)

MINE = "tenant_id = %s"
# By key, so that all who lock several rows take them in one order.
_SELECT = "SELECT {columns} FROM {table} WHERE {conditions} ORDER BY id {lock}"
# OF: otherwise the joined row would be locked as well.
_LOCK_ROW = "FOR UPDATE OF row"
_POINTED_AT = (
    "SELECT {columns} FROM {table} AS row"
    " JOIN {source} AS source ON source.tenant_id = row.tenant_id"
    " AND source.{column} = row.id WHERE source.id = %s AND row.tenant_id = %s {lock}"
)
_WITH = (
    "SELECT {columns} FROM {table} AS row"
    " JOIN {other} AS other ON other.tenant_id = row.tenant_id"
    " AND other.id = row.{column} WHERE row.id = %s AND row.tenant_id = %s {lock}"
)
_INSERT = "INSERT INTO {table} ({columns}) VALUES {values} RETURNING id"
_INSERT_UNLESS = (
    "INSERT INTO {table} ({columns}) VALUES ({values})"
    " ON CONFLICT {taken} DO NOTHING RETURNING id"
)
_FIRST = "first AS (INSERT INTO {table} ({columns}) VALUES ({values}) RETURNING id)"
_POINTING = (
    "pointing{number} AS"
    " (INSERT INTO {table} ({columns}) SELECT {values} FROM first RETURNING id)"
)
_TOGETHER = "WITH {parts} SELECT {keys} FROM {results}"


def get_row(model: type[Row], *, lock: bool = False, **columns: Any) -> Row:
    """The row with these values in columns that are unique together, locked if wished.

    Raises the model's DoesNotExist; another store's row does not exist.
    """
    row = find_row(model, lock=lock, **columns)
    if row is None:
        raise model.DoesNotExist
    return row


def find_row(model: type[Row], *, lock: bool = False, **columns: Any) -> Row | None:
    """Like `get_row`, and None where there is no such row."""
    rows = find_rows(model, lock=lock, **columns)
    if len(rows) > 1:
        raise model.MultipleObjectsReturned
    return rows[0] if rows else None


def find_rows(model: type[Row], *, lock: bool = False, **columns: Any) -> list[Row]:
    """All rows with these values in these columns, in order of their keys."""
    if lock:
        require_transaction()
    statement, names, converters = _select(model, tuple(columns), lock)
    with prepared_cursor() as cursor:
        cursor.execute(statement, [*columns.values(), scope.get_tenant_id()])
        found = cursor.fetchall()
    return [_made(model, names, values, converters) for values in found]


def find_pointed_at(
    model: type[Row], by: type[TenantRow], column: str, *, key: int, lock: bool = False
) -> Row | None:
    """The row that `column` of the row of `by` with this key points at, or None.

    One round trip; the row it is found by is not locked, so `column` must never change.
    """
    if lock:
        require_transaction()
    statement, names, converters = _select_pointed_at(model, by, column, lock)
    with prepared_cursor() as cursor:
        cursor.execute(statement, [key, scope.get_tenant_id()])
        values = cursor.fetchone()
    if values is None:
        return None
    return _made(model, names, values, converters)


def get_with(
    model: type[Row], name: str, other: type[TenantRow], *, key: int, lock: bool
) -> Row:
    """The row with this key and, on it as `name`, the one that it refers to so.

    One round trip; `lock` locks the first alone. Raises the model's DoesNotExist.
    """
    if lock:
        require_transaction()
    statement, names, converters = _select_with(model, f"{name}_id", other, lock)
    with prepared_cursor() as cursor:
        cursor.execute(statement, [key, scope.get_tenant_id()])
        values = cursor.fetchone()
    if values is None:
        raise model.DoesNotExist
    _same, names_of_other, converters_of_other = _select(other, (), lock=False)
    row = _made(model, names, values[: len(names)], converters)
    pointed_at = _made(other, names_of_other, values[len(names) :], converters_of_other)
    setattr(row, name, pointed_at)
    return row


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Write new rows of one table in one statement; each gets its key."""
    for row in rows:
        assign_tenant(row)
    model = type(rows[0])
    names, fields = _written(model)
    statement = _INSERT.format(
        table=model._meta.db_table,
        columns=", ".join(names),
        values=", ".join([f"({_places(names)})"] * len(rows)),
    )
    with prepared_cursor() as cursor:
        cursor.execute(
            statement, [_saved(row, field) for row in rows for field in fields]
        )
        _arrived(rows, [key for (key,) in cursor.fetchall()])


def insert_unless(row: models.Model, *, taken: str = "") -> bool:
    """Write a new row, or nothing if one of the same key in the index `taken` is there.

    `taken` names a unique index by its columns and condition, as in ON CONFLICT; empty
    it means any. Waits for a transaction that is writing the same key. Any other
    collision raises.
    """
    assign_tenant(row)
    names, fields = _written(type(row))
    statement = _INSERT_UNLESS.format(
        table=row._meta.db_table,
        columns=", ".join(names),
        values=_places(names),
        taken=taken,
    )
    with prepared_cursor() as cursor:
        cursor.execute(statement, [_saved(row, field) for field in fields])
        found = cursor.fetchone()
        if found is not None:
            _arrived([row], [found[0]])
    return found is not None


def insert_with(row: models.Model, *others: models.Model, column: str) -> None:
    """Write a new row and new ones whose `column` points at it, in one statement."""
    for each in (row, *others):
        assign_tenant(each)
    names, fields = _written(type(row))
    parts = [
        _FIRST.format(
            table=row._meta.db_table, columns=", ".join(names), values=_places(names)
        )
    ]
    arguments = [_saved(row, field) for field in fields]
    for number, other in enumerate(others):
        names, fields = _written(type(other))
        parts.append(
            _POINTING.format(
                number=number,
                table=other._meta.db_table,
                columns=", ".join(names),
                values=", ".join(
                    "first.id" if name == column else "%s" for name in names
                ),
            )
        )
        arguments += [
            _saved(other, field) for field in fields if field.column != column
        ]
    results = ["first", *(f"pointing{number}" for number in range(len(others)))]
    statement = _TOGETHER.format(
        parts=", ".join(parts),
        keys=", ".join(f"{name}.id" for name in results),
        results=", ".join(results),
    )
    with prepared_cursor() as cursor:
        cursor.execute(statement, arguments)
        _arrived((row, *others), cursor.fetchone())
    for other in others:
        setattr(other, column, row.pk)


@cache
def _select(
    model: type[TenantRow], names: tuple[str, ...], lock: bool
) -> tuple[str, list[str], list[tuple[int, Any]]]:
    fields = model._meta.concrete_fields
    unknown = set(names) - {field.column for field in fields}
    if unknown:
        raise ValueError(f"{model.__name__} has no column {unknown}.")
    statement = _SELECT.format(
        columns=", ".join(str(field.column) for field in fields),
        table=model._meta.db_table,
        conditions=" AND ".join([*(f"{name} = %s" for name in names), MINE]),
        lock="FOR UPDATE" if lock else "",
    )
    converters = [
        (place, convert)
        for place, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    ]
    return statement, [field.attname for field in fields], converters


def _convert(
    values: tuple[Any, ...], converters: list[tuple[int, Any]]
) -> tuple[Any, ...]:
    converted = list(values)
    for place, convert in converters:
        converted[place] = convert(converted[place], None, connection)
    return tuple(converted)


@cache
def _select_pointed_at(
    model: type[TenantRow], by: type[TenantRow], column: str, lock: bool
) -> tuple[str, list[str], list[tuple[int, Any]]]:
    _own, names, converters = _select(model, (), lock=False)
    statement = _POINTED_AT.format(
        columns=_columns(model, "row"),
        table=model._meta.db_table,
        source=by._meta.db_table,
        column=column,
        lock=_LOCK_ROW if lock else "",
    )
    return statement, names, converters


@cache
def _select_with(
    model: type[TenantRow], column: str, other: type[TenantRow], lock: bool
) -> tuple[str, list[str], list[tuple[int, Any]]]:
    _own, names, converters = _select(model, (), lock=False)
    statement = _WITH.format(
        columns=f"{_columns(model, 'row')}, {_columns(other, 'other')}",
        table=model._meta.db_table,
        other=other._meta.db_table,
        column=column,
        lock=_LOCK_ROW if lock else "",
    )
    return statement, names, converters


def _columns(model: type[TenantRow], alias: str) -> str:
    fields = model._meta.concrete_fields
    return ", ".join(f"{alias}.{field.column}" for field in fields)


def _made(
    model: type[Row],
    names: list[str],
    values: tuple[Any, ...],
    converters: list[tuple[int, Any]],
) -> Row:
    return model.from_db(
        connection.alias, names, _convert(values, converters) if converters else values
    )


@cache
def _written(model: type[models.Model]) -> tuple[list[str], list[models.Field]]:
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.generated
    ]
    return [str(field.column) for field in fields], fields


def _places(names: list[str]) -> str:
    return ", ".join(["%s"] * len(names))


def _saved(row: models.Model, field: models.Field) -> Any:
    if isinstance(getattr(row, field.attname), DatabaseDefault):
        setattr(row, field.attname, field.db_default)  # a plain value, as all of ours
    return field.get_db_prep_save(field.pre_save(row, add=True), connection)


def _arrived(rows: Sequence[models.Model], keys: Sequence[int]) -> None:
    for row, key in zip(rows, keys, strict=True):
        row.pk = key
        row._state.adding, row._state.db = False, connection.alias
