"""The product's own rules, asked through a connection that no policy binds."""

from datetime import UTC, datetime
from typing import Any

import psycopg

from ppob.kit.invariants import all_invariants

# Before every deadline: after a test has come to rest, nothing is late.
EARLY = datetime(2000, 1, 1, tzinfo=UTC)
# The stores of tests get the people that a test needs, often a cashier alone.
NOT_ASKED = {"store_has_an_owner"}


def violations(
    connection: psycopg.Connection[Any], *, now: datetime = EARLY
) -> dict[str, list[Any]]:
    """The rules that are broken, with the rows that break them; empty when all hold.

    Deadlines are compared with `now`; without it none has passed.
    """
    found = {
        rule.name: connection.execute(rule.sql, {"now": now}).fetchall()
        for rule in all_invariants()
        if rule.name not in NOT_ASKED
    }
    return {rule: rows for rule, rows in found.items() if rows}
