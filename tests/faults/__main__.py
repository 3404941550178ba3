"""`make faults`: servers die under load, and nothing is lost or doubled."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-faults-")
os.environ["DJANGO_SETTINGS_MODULE"] = "ppob.settings"
os.environ["DEBUG"] = "1"
for name in ("DATABASE_URL", "REDIS_URL", "DISCORD_BOT_TOKEN"):
    os.environ.pop(name, None)

import django  # noqa: E402

django.setup()

from tests.faults import queue  # noqa: E402
from tests.faults.ground import Ground  # noqa: E402
from tests.faults.recovery import FAULTS, recover  # noqa: E402
from tests.faults.restarts import restart_postgres  # noqa: E402

Run = Callable[[Ground], dict[str, Any]]

LONG: dict[str, Run] = {
    **{
        f"recovery-{fault}": lambda ground, fault=fault: recover(ground, fault=fault)
        for fault in FAULTS
    },
    "restarts": lambda ground: restart_postgres(ground, restarts=40),
    "workers": lambda ground: queue.kill_workers(
        ground, orders=300, kills=15, terms=10, children=10
    ),
    **{
        f"valkey-{how}": lambda ground, how=how: queue.disturb_valkey(
            ground, how=how, orders=100
        )
        for how in queue.DISTURBANCES
    },
}
SHORT: dict[str, Run] = {
    "recovery": lambda ground: recover(ground, fault="both"),
    "restarts": lambda ground: restart_postgres(ground, restarts=3),
    "workers": lambda ground: queue.kill_workers(
        ground, orders=40, kills=2, terms=1, children=1
    ),
    "valkey": lambda ground: queue.disturb_valkey(ground, how="full", orders=30),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few of each")
    parser.add_argument("--serve", action="store_true", help="take runs from stdin")
    parser.add_argument("runs", nargs="*", help=", ".join(LONG))
    chosen = parser.parse_args()
    runs = SHORT if chosen.short or chosen.serve else LONG
    logs = Path(tempfile.mkdtemp(prefix="ppob-fault-logs-"))
    ground = Ground(logs)
    found = True
    try:
        ground.start()
        names = map(str.strip, sys.stdin) if chosen.serve else chosen.runs or runs
        if chosen.serve:
            print("ready", flush=True)
        found = sum(do(ground, name, runs[name]) for name in names) > 0
    finally:
        ground.stop()
        if found:
            print(f"What the processes said is in {logs}.", file=sys.stderr)
        else:
            shutil.rmtree(logs)
    return int(found)


def do(ground: Ground, name: str, run: Run) -> bool:
    """Do one run and print what it measured; whether it found anything wrong."""
    ground.deaths.clear()
    started = time.monotonic()
    told = {"run": name, **run(ground)}
    told["secs"] = round(time.monotonic() - started)
    told["ended_by_themselves"] = dict(ground.deaths)
    print(json.dumps(told, default=str), flush=True)
    return bool(told["found"])


if __name__ == "__main__":
    sys.exit(main())
