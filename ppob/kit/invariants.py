"""What must be true of all stores together, whatever happened: SQL that finds nothing.

Each app states its own in `<app>/invariants.py` as `INVARIANTS`. They are asked across
all stores: by `manage.py verify`, by the health proof of every store, and by tests.
"""

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.utils import CursorWrapper
from django.utils.functional import Promise


@dataclass(frozen=True)
class Invariant:
    """One rule, and the query that finds the rows which break it.

    `name` is a stable slug, `title` the rule in words for a seller (translatable). The
    first column of `sql` is the row's tenant id, or null if the row is nobody's; the
    others identify the row and never hold a secret. `%(now)s` in `text` is the moment
    that deadlines are compared with; a per cent sign of its own has to be doubled.

    `moved(payments_order)` in `text` is the whole table, or those rows of it that the
    proof before cannot have seen (`ppob.kit.moved`): no right row may look wrong
    because others are left out. An `is_nightly` rule reads all rows and repeats what a
    constraint of the database keeps; it is asked at night.
    """

    name: str
    title: str | Promise
    text: str
    is_nightly: bool = False

    @property
    def sql(self) -> str:
        """The query over all rows."""
        return _MOVED.sub(r"\1", self.text)

    @property
    def sql_of_moved(self) -> str:
        """The query over rows that moved; ids are parameters named like the sets."""
        return _MOVED.sub(_moved_rows, self.text)

    @property
    def sets(self) -> set[str]:
        """The sets of moved rows that the rule is about; none if it has no such."""
        return {found[3] or found[1] for found in _MOVED.finditer(self.text)}


# `moved(table)` by its ids, or `moved(table.column in set)` by those of another table.
_MOVED = re.compile(r"moved\((\w+)(?:\.(\w+) in (\w+))?\)")


def _moved_rows(found: re.Match[str]) -> str:
    table, column, chosen = found.groups()
    return (
        f"(SELECT * FROM {table} WHERE {column or 'id'} = ANY(%({chosen or table})s))"
    )


@dataclass(frozen=True)
class Finding:
    """What one rule found: how many rows break it, and the first of them.

    Each row names its columns; `tenant` is the store's id, or None.
    """

    invariant: Invariant
    count: int
    rows: list[dict[str, Any]]
    secs: float


def invariants_by_app() -> dict[str, tuple[Invariant, ...]]:
    """The rules of every installed app that has some, in the order of the apps."""
    return {
        app.name: tuple(import_module(f"{app.name}.invariants").INVARIANTS)
        for app in apps.get_app_configs()
        if find_spec(f"{app.name}.invariants")
    }


def all_invariants() -> tuple[Invariant, ...]:
    """The rules of all apps together.

    Raises ImproperlyConfigured when two of them carry the same name.
    """
    found = tuple(chain.from_iterable(invariants_by_app().values()))
    counted = Counter(invariant.name for invariant in found)
    if twice := [name for name, count in counted.items() if count > 1]:
        raise ImproperlyConfigured(f"Invariants that share a name: {twice}")
    return found


def find_offenders(
    cursor: CursorWrapper,
    invariant: Invariant,
    *,
    now: datetime,
    tenant_id: int | None = None,
    limit: int = 20,
) -> Finding:
    """Ask one rule, of all stores or of one; at most `limit` rows are named.

    What belongs to no store concerns every store.
    """
    started = time.perf_counter()
    # The window counts before LIMIT: one question says how many rows and which.
    cursor.execute(
        f"SELECT count(*) OVER (), found.* FROM ({invariant.sql}) AS found (tenant)"
        " WHERE %(tenant)s::bigint IS NULL OR tenant IS NULL OR tenant = %(tenant)s"
        " ORDER BY tenant LIMIT %(limit)s",
        {"now": now, "tenant": tenant_id, "limit": max(limit, 1)},
    )
    names = [column.name for column in cursor.description[1:]]
    found = cursor.fetchall()
    return Finding(
        invariant=invariant,
        count=found[0][0] if found else 0,
        rows=[_named(names, row[1:]) for row in found[:limit]],
        secs=time.perf_counter() - started,
    )


def count_offenders(
    cursor: CursorWrapper,
    invariant: Invariant,
    *,
    now: datetime,
    moved: Mapping[str, list[Any]] | None = None,
) -> dict[int | None, int]:
    """How many rows of each store break the rule; stores without one are left out.

    With the ids that `moved` (by set), only those rows are looked at.
    """
    sql = invariant.sql if moved is None else invariant.sql_of_moved
    cursor.execute(
        f"SELECT tenant, count(*) FROM ({sql}) AS found (tenant) GROUP BY tenant",
        {"now": now, **(moved or {})},
    )
    return dict(cursor.fetchall())


def _named(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    """The row as a dictionary; a second `id` becomes `id_2`."""
    named: dict[str, Any] = {}
    for number, (name, value) in enumerate(zip(names, row, strict=True), start=1):
        named[f"{name}_{number}" if name in named else name] = value
    return named
