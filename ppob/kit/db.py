"""Transactions with names, and guards that say which code may run inside one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper

from ppob.kit.failpoints import failpoint
from ppob.kit.postgres.base import DatabaseWrapper

_of_thread = threading.local()


class InsideTransaction(RuntimeError):
    """Something slow or irreversible was about to happen inside a transaction."""


class OutsideTransaction(RuntimeError):
    """A step that only makes sense inside a transaction ran without one."""


@contextmanager
def unit_of_work(name: str) -> Iterator[None]:
    """One transaction: all of the block is kept, or nothing of it.

    Inside another unit of work it becomes a part of that. `name` (`app.action`) names
    the failpoints right before and right after the commit.
    """
    is_outermost = not transaction.get_connection().in_atomic_block
    with transaction.atomic():
        yield
        if is_outermost:
            failpoint(f"{name}:before_commit")
    if is_outermost:
        _of_thread.kept = units_kept() + 1
        failpoint(f"{name}:after_commit")


def units_kept() -> int:
    """How many units of work this thread has committed so far.

    Whoever compares two numbers knows whether anything was done in between.
    """
    return getattr(_of_thread, "kept", 0)


@contextmanager
def savepoint() -> Iterator[None]:
    """A part of the open transaction that may fail and be undone by itself."""
    require_transaction()
    with transaction.atomic():
        yield


def prepared_cursor(*, using: str = DEFAULT_DB_ALIAS) -> CursorWrapper:
    """A cursor for statements that come again and again, word for word.

    The server parses and plans them once per connection instead of each time.
    """
    return cast(DatabaseWrapper, transaction.get_connection(using)).prepared_cursor()


def require_transaction(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Raise OutsideTransaction unless the caller holds a transaction open."""
    if not transaction.get_connection(using).in_atomic_block:
        raise OutsideTransaction("This step must run inside a transaction.")


def forbid_transaction() -> None:
    """Raise InsideTransaction if any connection of this thread has one open.

    Called before every network call: a row lock must never wait for somebody else's
    server.
    """
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            raise InsideTransaction("No network call while a transaction is open.")
