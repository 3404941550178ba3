"""What changed since somebody last looked, whoever changed it and whenever they commit.

A row carries the number of the transaction that wrote it last (`ChangeMark`). Clocks
and serial numbers miss rows: who got one earlier may commit later. PostgreSQL's own
snapshots do not. Whatever was still under way at a look has a number that is not below
that snapshot's oldest (`Window.until`), so the next look finds it from there.

Nothing is contended: no counter is shared, each writer puts down its own number.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.backends.utils import CursorWrapper
from django.db.migrations import RunSQL
from django.db.models import Func

_NUMBER = "pg_current_xact_id()::text::bigint"
_WINDOW = """
    SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint
    FROM pg_current_snapshot() AS s
"""


class CurrentTransaction(Func):
    """The number of the transaction that is writing."""

    template = _NUMBER
    output_field = models.BigIntegerField()


class ChangeMark(models.BigIntegerField):
    """The transaction that made or (with `mark_updates`) changed the row last."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(db_default=CurrentTransaction(), editable=False)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, _kwargs = super().deconstruct()
        return name, "ppob.kit.changes.ChangeMark", args, {}


@dataclass(frozen=True)
class Window:
    """Marks to look for: from `since`, below `end`. `until` is where to go on later.

    What lies at or above `end` was not written here: a database that was restored into
    a younger server has such numbers, and would be new for ever.
    """

    since: int
    until: int
    end: int


def open_window(cursor: CursorWrapper, since: int | None) -> Window:
    """What to look for now; nothing but where to begin, the first time (None).

    Ask before reading: what comes between the two is found twice and never missed.
    """
    cursor.execute(_WINDOW)
    until, end = cursor.fetchone()
    return Window(until if since is None else since, until, end)


def mark_updates(table: str, *columns: str) -> RunSQL:
    """The migration that marks a row anew when one of these columns gets another value.

    Without columns every update counts.
    """
    old = ", ".join(f"OLD.{column}" for column in columns)
    condition = f" WHEN (({old}) IS DISTINCT FROM ({old.replace('OLD', 'NEW')}))"
    return RunSQL(
        f"""
        CREATE FUNCTION {table}_mark_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.changed := {_NUMBER};
            RETURN NEW;
        END $$;
        CREATE TRIGGER {table}_mark_change BEFORE UPDATE ON {table}
            FOR EACH ROW{condition if columns else ""}
            EXECUTE FUNCTION {table}_mark_change()
        """,
        f"DROP TRIGGER {table}_mark_change ON {table};"
        f" DROP FUNCTION {table}_mark_change()",
    )
