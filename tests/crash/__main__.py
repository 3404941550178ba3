"""`make crash`: thousands of killed processes, and not one rupiah or code astray."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

OWN_SERVERS = "PPOB_DATA_DIR" not in os.environ
os.environ.setdefault("PPOB_DATA_DIR", tempfile.mkdtemp(prefix="ppob-crash-"))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.crash.settings"

import django  # noqa: E402

django.setup()

from ppob.local import testing  # noqa: E402
from tests.crash import serve  # noqa: E402
from tests.crash.run import Plan, Result, installed, unreached  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--cases", type=int, default=1_000_000, help="per lane")
    parser.add_argument("--no-aim", dest="aims", action="store_false")
    parser.add_argument("--no-twins", dest="twins", action="store_false")
    parser.add_argument("--serve", action="store_true", help="take runs from stdin")
    chosen = parser.parse_args()
    data_dir = Path(os.environ["PPOB_DATA_DIR"])
    if OWN_SERVERS:
        testing.start(data_dir)
    try:
        with installed() as installation:
            if chosen.serve:
                serve.take_orders(installation)
                return 0
            plan = Plan(
                chosen.seed,
                chosen.kills,
                chosen.lanes,
                chosen.cases,
                chosen.aims,
                chosen.twins,
            )
            result = installation.run(plan)
    finally:
        if OWN_SERVERS:
            testing.remove(data_dir)
    show(result)
    return 1 if result.found or unreached(result) else 0


def show(result: Result) -> None:
    """The report, for a person."""
    print(f"{'killed':>8}{'reached':>9}  failpoint")
    for name in sorted(result.reached):
        print(f"{result.kills[name]:8}{result.reached[name]:9}  {name}")
    for name in unreached(result):
        print(f"NEVER KILLED AT {name}")
    print()
    for refusal, count in sorted(result.refusals.items()):
        print(f"{count:8}  {refusal}")
    for rule, rows in result.found.items():
        print(f"BROKEN {rule}: {len(rows)}")
        for row in rows[:5]:
            print(f"    {row}")
    print(
        f"\nseed {result.plan.seed}, planned {' '.join(result.schedules)}, "
        f"died {' '.join(result.journals)}\n"
        f"{result.killed} kills at {len(result.kills)} places in {result.cases} sales "
        f"and {result.secs:.0f} s ({result.killed / result.secs:.0f}/s); "
        f"{result.rules} rules and the outside truth: "
        f"{sum(map(len, result.found.values()))} rows"
    )


if __name__ == "__main__":
    sys.exit(main())
