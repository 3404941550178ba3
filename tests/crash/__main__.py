"""`make crash`: thousands of killed processes, and not one rupiah or code astray."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("PPOB_DATA_DIR", tempfile.mkdtemp(prefix="ppob-crash-"))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.crash.settings"

import django

django.setup()

from ppob.local import testing  # noqa: E402
from tests.crash import points  # noqa: E402
from tests.crash.run import Plan, Result, installed  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--cases", type=int, default=1_000_000, help="per lane")
    parser.add_argument("--no-aim", dest="aims", action="store_false")
    chosen = parser.parse_args()
    data_dir = Path(os.environ["PPOB_DATA_DIR"])
    testing.start(data_dir)
    try:
        with installed() as installation:
            result = installation.run(
                Plan(chosen.seed, chosen.kills, chosen.lanes, chosen.cases, chosen.aims)
            )
    finally:
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
    print(f"\nseed {result.plan.seed}, schedules {' '.join(result.schedules)}")
    print(f"died {' '.join(result.journals)}")
    for refusal, count in sorted(result.refusals.items()):
        print(f"{count:8}  {refusal}")
    for rule, rows in result.found.items():
        print(f"BROKEN {rule}: {len(rows)}")
        for row in rows[:5]:
            print(f"    {row}")
    print(
        f"{result.killed} kills in {result.cases} sales and {result.secs:.0f} s "
        f"({result.killed / result.secs:.0f}/s); {result.rules} rules and the outside "
        f"truth: {sum(map(len, result.found.values()))} rows"
    )


def unreached(result: Result) -> list[str]:
    return [name for name in points.in_scope() if not result.kills[name]]


if __name__ == "__main__":
    sys.exit(main())
