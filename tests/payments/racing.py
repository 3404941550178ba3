"""Several people do something at the same moment, each over an own connection."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from typing import Any

from django.db import connections

from ppob.kit.errors import DomainError

Work = Callable[[], Any]

TIMEOUT_SECS = 30
MOST_AT_ONCE = 40


def at_once(works: Sequence[Work]) -> list[Any]:
    """Start all works together; what each returned, or the refusal it got.

    Anything but a refusal (a DomainError) is raised here.
    """
    results = outcomes(works)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, DomainError):
            raise result
    return results


def outcomes(works: Sequence[Work]) -> list[Any]:
    """Like `at_once`, with errors of every kind among the results."""
    results: list[Any] = [None] * len(works)
    line = threading.Barrier(len(works), timeout=TIMEOUT_SECS)

    def run(position: int, work: Work) -> None:
        try:
            with own_connection():
                line.wait()
                results[position] = work()
        except BaseException as error:  # handed to the test, which looks at it
            results[position] = error

    threads = [
        threading.Thread(target=copy_context().run, args=(run, position, work))
        for position, work in enumerate(works)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT_SECS)
        assert not thread.is_alive(), "a work waits for ever"
    return results


def crowd(works: Sequence[Work]) -> list[Any]:
    """Like `at_once`, for more people than there are connections.

    `MOST_AT_ONCE` of them act at the same moment; whoever is done makes room.
    """
    shares = [works[start::MOST_AT_ONCE] for start in range(MOST_AT_ONCE)]

    def attempt(work: Work) -> Any:
        try:
            return work()
        except DomainError as refusal:
            return refusal

    def act(share: Sequence[Work]) -> list[Any]:
        return [attempt(work) for work in share]

    acts = [partial(act, share) for share in shares if share]
    return [result for results in at_once(acts) for result in results]


@contextmanager
def own_connection() -> Iterator[None]:
    """Have a connection open that is the thread's own, whatever the pool's size."""
    connection = connections["default"]
    options = {**connection.settings_dict["OPTIONS"], "pool": None}
    connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
    connection.ensure_connection()
    try:
        yield
    finally:
        for each in connections.all(initialized_only=True):
            each.close()


def meeting(count: int, *, secs: float = 1) -> Callable[[], None]:
    """A point where `count` threads wait for each other, or `secs` at the longest.

    Controls put it between a look and an act, where a guard usually stands.
    """
    point = threading.Barrier(count)

    def meet() -> None:
        with suppress(threading.BrokenBarrierError):
            point.wait(secs)

    return meet


@contextmanager
def without_constraint(superuser: Any, table: str, name: str) -> Iterator[None]:
    """One guard of the database is away: a constraint or unique index."""
    index = superuser.execute(
        "SELECT indexdef FROM pg_indexes WHERE indexname = %s", (name,)
    ).fetchone()
    constraint = superuser.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conname = %s AND conrelid = %s::regclass",
        (name, table),
    ).fetchone()
    if constraint:
        superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    else:
        superuser.execute(f"DROP INDEX {name}")
    try:
        yield
    finally:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(f"DELETE FROM {table}")
        superuser.execute("SET session_replication_role = origin")
        superuser.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {constraint[0]}"
            if constraint
            else index[0]
        )
