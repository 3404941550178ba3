"""`make bench`: what the product does per second, beside bare SQL on the same server.

Sales per second of one hot product (place, settle, deliver: three transactions each)
with 1, 8 and 16 workers, as a share of a pgbench script that writes the same rows.
Figures move with the machine; compare the ratios.
"""

import dataclasses
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-bench-")
os.environ["DJANGO_SETTINGS_MODULE"] = "ppob.settings"
os.environ["LOG_LEVEL"] = "ERROR"
for name in ("DATABASE_URL", "REDIS_URL", "DISCORD_BOT_TOKEN"):
    os.environ.pop(name, None)

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from ppob.local import binaries, paths, testing  # noqa: E402
from tests.bench import bot  # noqa: E402
from tests.bench.world import Store, make_store  # noqa: E402

WORKERS = (1, 8, 16)
SECS = float(os.environ.get("BENCH_SECS", "8"))
CODES = 60_000
PROCESSES = 2  # one per core of the smallest machine we care about


def main() -> None:
    data_dir = Path(os.environ["PPOB_DATA_DIR"])
    testing.start(data_dir)
    try:
        call_command("migrate", verbosity=0)
        measure_sales()
        bot.measure(secs=SECS)
    finally:
        for connection in connections.all(initialized_only=True):
            connection.close()
        testing.remove(data_dir)


def measure_sales() -> None:
    print("Whole sales of one hot product (place, settle, deliver)")
    print("workers   SQL/s   ours/s   ratio   place_order p. call")
    for workers in WORKERS:
        ceiling = pgbench(make_store(f"sql-{workers}", codes=CODES), workers)
        sold, placing_ms = ours(make_store(f"ours-{workers}", codes=CODES), workers)
        print(
            f"{workers:7}{ceiling:8.0f}{sold:9.0f}{sold / ceiling:8.2f}"
            f"{placing_ms:15.1f} ms"
        )


def pgbench(store: Store, workers: int) -> float:
    """Sales per second of the plain SQL script."""
    folder = binaries.find_postgres()
    url = paths.database_url("app")
    variables = [
        f"--define={name}={value}" for name, value in dataclasses.asdict(store).items()
    ]
    answer = subprocess.run(
        [
            str(folder / "pgbench"),
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={workers}",
            f"--jobs={min(workers, PROCESSES)}",
            f"--time={SECS:.0f}",
            f"--file={Path(__file__).with_name('sale.sql')}",
            *variables,
            url.replace("postgres://", "postgresql://"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"tps = ([\d.]+)", answer.stdout)
    if answer.returncode or not found:
        sys.exit(f"pgbench failed: {answer.stderr[-2000:]}")
    return float(found[1])


def ours(store: Store, workers: int) -> tuple[float, float]:
    """Sales per second through the services, and milliseconds per place_order."""
    processes = min(workers, PROCESSES)
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.bench.worker",
                json.dumps(dataclasses.asdict(store)),
                str(workers // processes),
                str(SECS),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    results = [json.loads(process.communicate()[0]) for process in running]
    sales = sum(result["sales"] for result in results)
    placing = sum(result["placing_secs"] for result in results)
    return sales / SECS, placing / max(sales, 1) * 1000


if __name__ == "__main__":
    main()
