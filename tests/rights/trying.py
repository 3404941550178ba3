"""Trying a service as somebody, and seeing what it did to the database."""

import inspect
from dataclasses import dataclass
from typing import Any

import psycopg

from ppob.kit.errors import DomainError, NotAllowed
from tenants.states import Role
from tests.conftest import NOON, Jobs
from tests.factories import make_customer, make_member
from tests.isolation.world import Side
from tests.rights import discovery
from tests.rights.calls import CALLS, Entry


class Picture:
    """Every row of every table, as one word per table."""

    def __init__(self, superuser: psycopg.Connection[Any]) -> None:
        self._superuser = superuser
        tables = superuser.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        self._query = " UNION ALL ".join(
            f"SELECT '{table}', count(*),"
            f" md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
            for (table,) in tables
        )

    def take(self) -> dict[str, tuple[int, str]]:
        """How many rows each table has, and what is in them."""
        rows = self._superuser.execute(self._query).fetchall()
        return {table: (count, word) for table, count, word in rows}


@dataclass
class Trial:
    """Calls services of one store, in which a bystander's rows lie about as well."""

    side: Side
    picture: Picture
    jobs: Jobs

    def try_all(self) -> list[str]:
        """What is wrong with any service for any role; empty when nothing is."""
        return [
            wrong
            for name, function in discovery.services().items()
            if name in CALLS
            for role in reversed(Role)
            for wrong in self.try_one(name, function, role)
        ]

    def try_one(self, name: str, function: Any, role: Role) -> list[str]:
        """What is wrong with one service for one role."""
        entry = CALLS[name]
        with self.side.open():
            member = make_member(role)
            self.side.buyer = make_customer()  # nobody has more orders than one may
            arguments = self._arguments(entry, function, member)
            before, waiting = self.picture.take(), len(self.jobs.waiting)
            told = self._call(function, arguments)
            after = self.picture.take()
        who = f"{name} by {role}"
        if entry.may(role):
            return [] if told is None else [f"{who}: {type(told).__name__} {told}"]
        wrong = [] if isinstance(told, NotAllowed) else [f"{who}: let in ({told!r})"]
        changed = sorted(table for table in after if after[table] != before[table])
        wrong += [f"{who}: changed {changed}"] if changed else []
        asked = self.jobs.waiting[waiting:]
        return wrong + ([f"{who}: started {asked}"] if asked else [])

    def _arguments(self, entry: Entry, function: Any, member: Any) -> dict[str, Any]:
        arguments = {"actor": member} | entry.build(self.side, member)
        if "now" in inspect.signature(function).parameters:
            arguments.setdefault("now", NOON)
        return arguments

    def _call(self, function: Any, arguments: dict[str, Any]) -> DomainError | None:
        try:
            function(**arguments)
        except DomainError as refusal:
            return refusal
        return None
