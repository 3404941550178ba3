"""Empty tables after a test, and only those in which something stands.

Each table is asked for a row, all of them in one prepared statement. It finds whatever
was committed, by whomever: other threads and processes, and rows that were planted with
triggers off, which neither statistics nor triggers would tell in time.
"""

from contextlib import suppress
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

# Written by migrating, and the same for every test.
KEPT = ("django_migrations", "django_content_type", "auth_permission")

TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL (%s)
ORDER BY relname
"""


class Emptier:
    """A superuser's connection that no trigger, policy or reference stops."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(
            dsn, autocommit=True, options="-c session_replication_role=replica"
        )
        self._question: tuple[list[str], sql.Composed] = [], sql.Composed([])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def empty(self) -> None:
        """Delete all rows; a thread that outlives its test may be in the way."""
        for _more in range(5):
            with suppress(psycopg.errors.DeadlockDetected):
                self._empty()
                return
        self._empty()

    def tables(self) -> list[str]:
        """Every table of the product, those of a test included."""
        rows = self._connection.execute(TABLES, [list(KEPT)], prepare=True).fetchall()
        return [name for (name,) in rows]

    def filled(self) -> list[str]:
        """The tables that have a row."""
        tables = self.tables()
        if self._question[0] != tables:
            self._question = tables, _which_have_rows(tables)
        answer = self._connection.execute(self._question[1], prepare=True).fetchone()
        return list(answer[0]) if answer else []

    def _empty(self) -> None:
        filled = self.filled()
        if filled:
            deletes = [
                sql.SQL("DELETE FROM {}").format(sql.Identifier(name))
                for name in filled
            ]
            # Several statements at once are one transaction.
            self._connection.execute(sql.SQL(";").join(deletes))


def _which_have_rows(tables: list[str]) -> sql.Composed:
    each = [
        sql.SQL("CASE WHEN EXISTS (SELECT FROM {}) THEN {} END").format(
            sql.Identifier(name), sql.Literal(name)
        )
        for name in tables
    ]
    return sql.SQL("SELECT array_remove(ARRAY[{}]::text[], NULL)").format(
        sql.SQL(",").join(each)
    )
