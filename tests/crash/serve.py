"""Runs for tests: one process does them all, because starting it takes longest."""

import json
import sys
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from tests.crash import mutants
from tests.crash.run import Installation, Plan, Result, unreached


def take_orders(installation: Installation) -> None:
    """For each line (a plan, perhaps with a mutant's name) one line with the result."""
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        name = order.pop("mutant", "")
        with mutants.living(name) if name else nullcontext() as mutant:
            plan = Plan(**order)
            if mutant is not None:
                plan = replace(plan, always_at=mutant.aim)
            result = installation.run(plan)
        told = {**_told(result), "quiet_secs": installation.quiet_secs}
        print(json.dumps(told, default=str), flush=True)


def _told(result: Result) -> dict[str, Any]:
    return {
        "kills": result.killed,
        "places": dict(result.kills),
        "cases": result.cases,
        "secs": round(result.secs, 1),
        "schedules": result.schedules,
        "journals": result.journals,
        "unreached": unreached(result),
        "found": {rule: rows[:5] for rule, rows in result.found.items()},
    }
