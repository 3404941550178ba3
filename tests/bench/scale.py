"""What grows with the installation: `python -m tests.bench.scale`.

The panel tick, every scheduled job, the heaviest pages and a sale are measured while
more stores come, and while one store gets more orders. Milliseconds move with the
machine; the blocks that PostgreSQL touches do not. Each is divided by that of the
smallest size: what follows its own store's changes stays near 1.

--stores 10 100 1000     sizes, each store with 20 products
--orders 10000 100000    sizes of one store among ten (1000000 takes some minutes)
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-scale-")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["LOG_LEVEL"] = "ERROR"

import django

django.setup()

import psycopg  # noqa: E402
from celery import Celery, current_app  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from ppob.local import paths, testing  # noqa: E402
from ppob.schedule import BEAT_SCHEDULE  # noqa: E402
from tenants.services import health  # noqa: E402
from tests import databases  # noqa: E402
from tests.bench import copies, pages  # noqa: E402
from tests.bench.shops import Shop, make_shop, sell, tick  # noqa: E402

STORES, ORDERS = (10, 100, 1000), (10_000, 100_000)
FEW_STORES = 10
ORIGINALS = {"stores": 2, "orders": 1}
TIMES = 5
ENOUGH_SECS = 10.0  # what takes longer is not measured a second time

Work = Callable[[], object]
Figures = dict[str, tuple[float, int]]  # milliseconds and blocks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", type=int, nargs="*", default=STORES)
    parser.add_argument("--orders", type=int, nargs="*", default=ORDERS)
    parser.add_argument("--verify", action="store_true", help="ask every rule, too")
    chosen = parser.parse_args()
    data_dir = Path(os.environ["PPOB_DATA_DIR"])
    current_app.loader.import_default_modules()
    testing.start(data_dir)
    try:
        if chosen.stores:
            _measure("stores", chosen.stores, verify=chosen.verify)
        if chosen.orders:
            _measure("orders", chosen.orders, verify=chosen.verify)
    finally:
        _hang_up()
        testing.remove(data_dir)


def _measure(what: str, sizes: list[int], *, verify: bool) -> None:
    """Print the table of one dimension."""
    _hang_up()
    databases.make_database(settings.DATABASE)
    with _superuser() as superuser:
        # What is measured sells, too; what is copied stays as it was.
        shop, quiet = make_shop("measured"), make_shop("copied")
        store = copies.of_store(quiet.tenant, quiet.paid)
        copier = copies.Copier(superuser, store)
        if what == "orders":
            copier.make(FEW_STORES - 2)
            sale = copies.of_sale(shop.tenant, shop.paid, shop.sold)
            copier = copies.Copier(superuser, sale)
        table = []
        for size in sizes:
            started = time.monotonic()
            copier.make(size - ORIGINALS[what])
            print(f"{size} {what}: made in {time.monotonic() - started:.0f} s")
            table.append(_figures(shop, superuser))
            if verify:
                _verify()
    _show(what, sizes, table)


def _figures(shop: Shop, superuser: psycopg.Connection[Any]) -> Figures:
    # Proofs go on from the last one at once, or they would all be the first.
    with _no_broker(), patch.object(health, "OVERLAP", timedelta(0)):
        prove = _job("tenants.prove_health")
        works: dict[str, Work] = {
            "panel tick": tick(),
            **{each["task"]: _job(each["task"]) for each in BEAT_SCHEDULE.values()},
            **pages.of(shop),
            "a sale": lambda: sell(shop),
            "a sale and its proof": lambda: (sell(shop), prove()),
        }
        return {name: _cost(work, superuser) for name, work in works.items()}


def _job(name: str) -> Work:
    return lambda: current_app.tasks[name]()


def _cost(work: Work, superuser: psycopg.Connection[Any]) -> tuple[float, int]:
    """Milliseconds (median) and blocks of one more run of what has run before."""
    started = time.monotonic()
    work()
    _hang_up()
    before = _blocks(superuser)
    work()
    _hang_up()
    blocks = _blocks(superuser) - before
    took = []
    while len(took) < TIMES and (not took or time.monotonic() - started < ENOUGH_SECS):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000)
    return statistics.median(took), blocks


def _blocks(superuser: psycopg.Connection[Any]) -> int:
    """Blocks touched by sessions that have ended: each tells when it ends."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'ppob\\_%'"
    while superuser.execute(others).fetchone() != (0,):
        time.sleep(0.01)
    superuser.execute("SELECT pg_stat_clear_snapshot()")
    row = superuser.execute(
        "SELECT blks_hit + blks_read FROM pg_stat_database"
        " WHERE datname = current_database()"
    ).fetchone()
    return int(row[0]) if row else 0


def _show(what: str, sizes: list[int], table: list[Figures]) -> None:
    heads = "".join(f"{f'{size} {what}':>20}" for size in sizes)
    print(f"\n{'ms and blocks':34}{heads}{'ratio ms':>10}{'blocks':>8}")
    for name, (first_ms, first_blocks) in table[0].items():
        cells = "".join(
            f"{ms:11.1f}{blocks:9}" for ms, blocks in (f[name] for f in table)
        )
        last_ms, last_blocks = table[-1][name]
        print(
            f"{name:34}{cells}{last_ms / first_ms:10.2f}"
            f"{last_blocks / max(first_blocks, 1):8.2f}"
        )
    print()


def _verify() -> None:
    call_command("verify", "--timeout", "600", "--rows", "3")


@contextmanager
def _superuser() -> Iterator[psycopg.Connection[Any]]:
    name = settings.DATABASE
    with psycopg.connect(paths.superuser_dsn(name), autocommit=True) as superuser:
        superuser.execute("SET work_mem = '256MB'")
        yield superuser


@contextmanager
def _no_broker() -> Iterator[None]:
    """Jobs that are asked for are not done."""
    with patch.object(Celery, "send_task", lambda *arguments, **options: None):
        yield


def _hang_up() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.alias != "owner":
            connection.close_pool()


if __name__ == "__main__":
    main()
