"""One machine for every status: which may follow which, and what a transition writes.

A status is data that money and stock hang on, so nobody assigns it. The row decides: it
changes only if it still is where the transition starts, and the event that says who,
when and why is written by the same statement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.utils.functional import Promise

from ppob.kit import scope
from ppob.kit.db import prepared_cursor, require_transaction
from ppob.kit.errors import Conflict
from ppob.kit.rows import insert_rows
from ppob.kit.transition_sql import Write, write_from, write_from_any

Row = TypeVar("Row", bound=models.Model)
State = TypeVar("State", bound=models.TextChoices)

_BY_KEY = (
    "UPDATE {table} SET {column} = %s"
    " WHERE tenant_id = %s AND {key} = %s AND {column} = ANY(%s)"
)


class IllegalMove(Conflict):
    """The row is not where this transition starts from; nothing was changed."""

    code = "ILLEGAL_MOVE"


@dataclass(frozen=True)
class Transition(Generic[State]):
    """One step of a row: from where (None: it is new) to where, by whom, when, why."""

    source: State | None
    target: State
    actor: str
    now: datetime
    reason: str = ""


def _nothing_more(_transition: Transition[Any]) -> dict[str, Any]:
    return {}


def _tell_nobody(_row: Any, _transition: Transition[Any]) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Machine(Generic[Row, State]):
    """The statuses of one table, declared once.

    - `table`: which statuses may follow each;
    - `event`: makes the unsaved event of a row, without what the transition says (it
      has columns source, target, actor, at and perhaps reason); None keeps no events;
    - `times`: the column that a target sets to the present unless the caller names it;
    - `columns`: what else a transition sets, whatever the caller names;
    - `announce`: tells the apps above and open pages, inside the transaction;
    - `refusal`: the sentence for whoever comes too late;
    - `using`: the connection; another than the default is for rows of no one tenant.
    """

    model: type[Row]
    table: Mapping[State, frozenset[State]]
    event: Callable[[Row], models.Model] | None = None
    times: Mapping[State, str] = field(default_factory=dict)
    columns: Callable[[Transition[State]], dict[str, Any]] = _nothing_more
    announce: Callable[[Row, Transition[State]], None] = _tell_nobody
    refusal: str | Promise | None = None
    column: str = "status"
    using: str = DEFAULT_DB_ALIAS

    def sources_of(self, target: State) -> list[str]:
        """The statuses from which a row may go to `target`."""
        return [
            source.value for source, targets in self.table.items() if target in targets
        ]

    def require(self, row: Row, target: State) -> None:
        """Raise IllegalMove if `row`, as it was read, may not go to `target`."""
        if target not in self.table[self._state(row)]:
            raise IllegalMove(self.refusal)

    def move(
        self,
        row: Row,
        target: State,
        *,
        actor: str,
        now: datetime,
        reason: str = "",
        **fields: Any,
    ) -> Row:
        """Move the row on together with other columns, note it, and announce it.

        Raises IllegalMove if the row is no longer where `row` says, or may not go to
        `target`. Returns `row`, changed as its table is.
        """
        require_transaction(using=self.using)
        self.require(row, target)
        source = self._state(row)
        step = Transition(source, target, actor, now, reason)
        changes = self._changes(step, fields)
        if not write_from(self._write(row, step, changes), source.value):
            raise IllegalMove(self.refusal)
        self._finish(row, step, changes)
        return row

    def try_move(
        self,
        row: Row,
        target: State,
        *,
        actor: str,
        now: datetime,
        reason: str = "",
        **fields: Any,
    ) -> bool:
        """Like `move` where arriving late is normal: False if the row has gone on.

        The table's row decides, whatever `row` says; it is waited for.
        """
        require_transaction(using=self.using)
        step = Transition(None, target, actor, now, reason)
        changes = self._changes(step, fields)
        found = write_from_any(self._write(row, step, changes), self.sources_of(target))
        if found is None:
            return False
        came = Transition(type(target)(found), target, actor, now, reason)
        self._finish(row, came, changes)
        return True

    def move_all(
        self,
        rows: "models.QuerySet[Any]",
        target: State,
        *,
        now: datetime,
        actor: str = "",
        **fields: Any,
    ) -> int:
        """Move those of `rows` on that may go to `target`; how many. One statement.

        For rows whose history stands elsewhere: nothing is noted or announced.
        """
        self._refuse_to_forget()
        require_transaction(using=self.using)
        changes = self._changes(Transition(None, target, actor, now), fields)
        may_go = {f"{self.column}__in": self.sources_of(target)}
        return rows.filter(**may_go).update(**changes)

    def move_by_key(self, target: State, **key: Any) -> bool:
        """Move the store's row with this value in a unique column; False if it is late.

        For hot paths that hold the key and not the row: the statement is planned once.
        It sets nothing else.
        """
        self._refuse_to_forget()
        require_transaction()
        [(name, value)] = key.items()
        statement = _BY_KEY.format(
            table=self.model._meta.db_table, column=self.column, key=name
        )
        arguments = [target.value, scope.get_tenant_id(), value]
        with prepared_cursor() as cursor:
            cursor.execute(statement, [*arguments, self.sources_of(target)])
            return bool(cursor.rowcount)

    def note(self, row: Row, step: Transition[State]) -> None:
        """Write down a step that another statement made, as a row's creation."""
        require_transaction()
        insert_rows([self.event_of(row, step)])
        self.announce(row, step)

    def note_created(
        self, row: Row, *, actor: str, now: datetime, reason: str = ""
    ) -> None:
        """Write down that a new row is there, and announce it."""
        self.note(row, Transition(None, self._state(row), actor, now, reason))

    def event_of(self, row: Row, step: Transition[State]) -> models.Model:
        """The unsaved event of a step."""
        if self.event is None:
            raise TypeError(f"{self.model.__name__} keeps no events.")
        event = self.event(row)
        event.source = step.source.value if step.source else ""  # type: ignore[attr-defined]
        event.target = step.target.value  # type: ignore[attr-defined]
        event.actor, event.at = step.actor, step.now  # type: ignore[attr-defined]
        if step.reason and hasattr(event, "reason"):
            room = event._meta.get_field("reason").max_length  # type: ignore[union-attr]
            event.reason = step.reason[:room]
        return event

    def _state(self, row: Row) -> State:
        # Every status is a key of the table, so the table knows their class.
        words: type[State] = type(next(iter(self.table)))
        return words(getattr(row, self.column))

    def _changes(
        self, step: Transition[State], fields: dict[str, Any]
    ) -> dict[str, Any]:
        time = self.times.get(step.target)
        times = {time: step.now} if time else {}
        return {self.column: step.target, **times, **fields, **self.columns(step)}

    def _write(
        self, row: Row, step: Transition[State], changes: dict[str, Any]
    ) -> Write:
        event = self.event_of(row, step) if self.event else None
        return Write(row, event, changes, column=self.column, using=self.using)

    def _finish(
        self, row: Row, step: Transition[State], changes: dict[str, Any]
    ) -> None:
        for name, value in changes.items():
            setattr(row, name, value)
        self.announce(row, step)

    def _refuse_to_forget(self) -> None:
        if self.event is not None:
            raise TypeError(f"Each {self.model.__name__} that moves has an event.")
