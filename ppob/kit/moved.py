"""Which rows moved since a proof: what it has to look at, and nothing else.

Almost every change of a store's money and goods appends a row: an event, a booking, a
movement. Those are found by their number. Each app says in `invariants.MOVED` how the
rows that its rules are about follow from them.

A number is given out before its row can be seen, so the marks of a proof are read
before the last of its rows arrive. Whoever asks takes marks that are older than the
longest transaction (two minutes, `ppob/local/roles.sql`): what was under way then is
looked at twice instead of never.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db.backends.utils import CursorWrapper

Marks = dict[str, int]  # table -> its highest id
_SINCE = re.compile(r"%\(since_(\w+)\)s")


def read_marks(cursor: CursorWrapper) -> Marks:
    """How far each table has been written that tells of changes."""
    tables = {table for _name, sql in _sources() for table in _SINCE.findall(sql)}
    highest = (f"SELECT '{each}', coalesce(max(id), 0) FROM {each}" for each in tables)
    cursor.execute(" UNION ALL ".join(highest))
    return dict(cursor.fetchall())


def find_moved(cursor: CursorWrapper, since: Marks) -> dict[str, list[Any]] | None:
    """The rows of each set that moved after these marks; None if a mark is missing."""
    given: dict[str, Any] = {f"since_{table}": mark for table, mark in since.items()}
    found: dict[str, list[Any]] = {}
    for name, sql in _sources():
        if not set(_SINCE.findall(sql)) <= since.keys():
            return None
        cursor.execute(sql, given | found)
        found[name] = [key for (key,) in cursor.fetchall()]
    return found


def _sources() -> Iterator[tuple[str, str]]:
    """Each set with the query of its keys; it may use the sets before it."""
    for app in apps.get_app_configs():
        if find_spec(f"{app.name}.invariants"):
            rules = import_module(f"{app.name}.invariants")
            yield from getattr(rules, "MOVED", {}).items()
