"""What all factories share: the hour, and where rows of a store go."""

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import factory
from django.db.models import Model
from factory.django import DjangoModelFactory

NOON = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)  # 12:00 in Jakarta
LATE = NOON + timedelta(hours=2)  # later than any deadline of an order made at noon

Row = TypeVar("Row", bound=Model)


def numbered(pattern: str) -> Any:
    """A text of its own for each row: `{}` becomes a number that counts from one."""
    return factory.Sequence(lambda number: pattern.format(number + 1))


def snowflake(first: int) -> Any:
    """A Discord id of its own for each row."""
    return factory.Sequence(lambda number: first + number + 1)


class StoreRow(DjangoModelFactory[Row]):
    """A row of the store whose scope is open; without a scope nothing is made.

    Related rows that are not given are made in the same store.
    """

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @classmethod
    def _create(cls, model_class: type[Row], *args: Any, **kwargs: Any) -> Row:
        # The manager and the row itself know the scope and refuse another store's rows.
        row: Row = model_class.objects.create(*args, **kwargs)  # type: ignore[attr-defined]
        return row


_keys: Iterator[int] = itertools.count(1)


def new_key() -> str:
    """A request key that no other call of the run has."""
    return f"test:{next(_keys)}"


def wait_until(condition: Callable[[], bool], *, secs: float = 20) -> None:
    """Wait for something another process does; AssertionError after `secs`."""
    deadline = time.monotonic() + secs
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
