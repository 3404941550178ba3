"""Sales per second, beside bare SQL on the same server in the same run."""

import dataclasses
import json
import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import PaymentMethod
from ppob.kit.scope import tenant_scope
from ppob.local import binaries, paths
from tests.bench.worker import Seller, finish
from tests.bench.world import Store, make_store
from tests.production import IN_PRODUCTION

WORKERS = (1, 8, 16, 32)
SECS = float(os.environ.get("BENCH_SECS", "6"))
CODES = 60_000
PRODUCTS = 100
PROCESSES = 2  # one per core of the smallest machine we care about
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Result:
    """What one run of ours did: per second, and how long one took (ms)."""

    per_sec: float
    median_ms: float
    p95_ms: float


def measure() -> None:
    """Print whole sales and placed orders per second, and the statements they take."""
    sold_hot = {}
    for products in (1, PRODUCTS):
        what = "one hot product" if products == 1 else f"{products} products"
        print(f"\nWhole sales (place, settle, deliver) of {what}")
        print("workers   SQL/s   ours/s   ratio   median ms   p95 ms")
        for workers in WORKERS:
            label = f"{products}-{workers}"
            sql = _pgbench(
                "sale.sql",
                workers,
                dataclasses.asdict(
                    make_store(f"sql-{label}", codes=CODES, products=products)
                ),
            )
            ours = _ours(
                make_store(f"ours-{label}", codes=CODES, products=products),
                workers,
                "sell",
            )
            sold_hot.setdefault(workers, (ours.per_sec, ours.per_sec / sql))
            print(
                f"{workers:7}{sql:8.0f}{ours.per_sec:9.1f}{ours.per_sec / sql:8.2f}"
                f"{ours.median_ms:12.1f}{ours.p95_ms:9.1f}"
            )
    placed = _measure_placing()
    _print_goals(sold_hot, placed)


def _measure_placing() -> float:
    print("\nPlaced orders of one hot product, beside one statement in pgbench")
    print("workers   SQL/s   ours/s   ratio   median ms   p95 ms")
    ratio_of_eight = 0.0
    for workers in WORKERS:
        _make_ceiling_tables()
        sql = _pgbench("ceiling.sql", workers, {"products": 1})
        store = make_store(f"place-{workers}", codes=CODES)
        ours = _ours(store, workers, "place")
        ratio = ours.per_sec / sql
        if workers == 8:
            ratio_of_eight = ratio
        print(
            f"{workers:7}{sql:8.0f}{ours.per_sec:9.1f}{ratio:8.3f}"
            f"{ours.median_ms:12.1f}{ours.p95_ms:9.1f}"
        )
    return ratio_of_eight


def _print_goals(sold: dict[int, tuple[float, float]], placed_ratio: float) -> None:
    """Ratios of this run alone: figures of other machines say nothing here."""
    (per_sec, ratio), (per_sec_of_32, _ratio) = sold[8], sold[32]
    rows = (
        ("place_order / one statement, 8 workers", "≥ 0.10", f"{placed_ratio:.3f}"),
        ("whole sale / its rows in SQL, 8 workers", "≥ 0.45", f"{ratio:.2f}"),
        ("fall from 8 to 32 workers", "≤ 15 %", f"{1 - per_sec_of_32 / per_sec:.0%}"),
        ("statements of a whole sale", "≤ 25", str(_count_statements())),
    )
    print(f"\n{'Beside the goals':40}{'goal':>8}{'now':>8}")
    for what, goal, now in rows:
        print(f"{what:40}{goal:>8}{now:>8}")


def _count_statements() -> int:
    """Statements of one sale, BEGIN and COMMIT left out, in a store that has sold."""
    store = make_store("counted", codes=64)
    seller = Seller(store, 0, only_places=False)
    with tenant_scope(store.tenant):
        method = PaymentMethod.objects.get(pk=store.method)
        finish(seller.place(method))
        with CaptureQueriesContext(connection) as captured:
            finish(seller.place(method))
    own_questions = 2  # for the buyer, and in `finish` for the payment
    sent = [query["sql"] for query in captured.captured_queries]
    return len([sql for sql in sent if sql not in ("BEGIN", "COMMIT")]) - own_questions


def _pgbench(script: str, workers: int, values: dict[str, int]) -> float:
    """Runs of a script per second."""
    folder = binaries.find_postgres()
    url = paths.database_url("app").replace("postgres://", "postgresql://")
    answer = subprocess.run(
        [
            str(folder / "pgbench"),
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={workers}",
            f"--jobs={min(workers, PROCESSES)}",
            f"--time={SECS:.0f}",
            f"--file={HERE / script}",
            *(f"--define={name}={value}" for name, value in values.items()),
            url,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"tps = ([\d.]+)", answer.stdout)
    if answer.returncode or not found:
        sys.exit(f"pgbench failed: {answer.stderr[-2000:]}")
    return float(found[1])


def _make_ceiling_tables() -> None:
    tables = (HERE / "ceiling_tables.sql").read_text()
    name = connection.settings_dict["NAME"]
    with psycopg.connect(paths.superuser_dsn(name), autocommit=True) as superuser:
        superuser.execute(tables.format(products=1, items=200_000).encode())


def _ours(store: Store, workers: int, deed: str) -> Result:
    """The same through the services, in as many threads of two processes."""
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
                deed,
            ],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **IN_PRODUCTION},
        )
        for _ in range(processes)
    ]
    took = sorted(
        ms for process in running for ms in json.loads(process.communicate()[0])
    )
    return Result(
        per_sec=len(took) / SECS,
        median_ms=statistics.median(took),
        p95_ms=took[int(len(took) * 0.95)],
    )
