"""What a constraint promises, said with rows instead of its own words."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

Row = dict[str, Any]

THEN = datetime(2026, 1, 2, tzinfo=UTC)
ONE = UUID("0190a1b2-0000-7000-8000-00000000000a")
TWO = UUID("0190a1b2-0000-7000-8000-00000000000b")


@dataclass(frozen=True)
class Never:
    """A row that may not exist, beside its nearest neighbours that may.

    `model` names the table; what a row does not say is whatever `tests.rows` puts in.
    `without` drops constraints that would speak up first.
    """

    model: str
    wrong: list[Row]
    right: list[Row] = field(default_factory=list)
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Once:
    """A row that may be there once: `key` and the rest of `row` are what repeats.

    A second row is welcome when any column of `key` differs, or with the changes of
    one of `free`. `other` are values of the second row that have to differ anyway.
    """

    model: str
    row: Row
    key: str
    free: list[Row] = field(default_factory=list)
    other: Row = field(default_factory=dict)


def known(model: str, column: str, **more: Any) -> Never:
    """A word that is none of ours."""
    return Never(model, [{column: "nonsense", **more}, {column: "", **more}])


def at_least(model: str, column: str, least: int, **more: Any) -> Never:
    return Never(model, [{column: least - 1, **more}], [{column: least, **more}])


def between(model: str, column: str, least: int, most: int) -> Never:
    return Never(
        model,
        [{column: least - 1}, {column: most + 1}],
        [{column: least}, {column: most}],
    )
