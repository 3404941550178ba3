"""What the wall in the database costs a transaction: `python -m tests.bench.walls`.

The same statement, in a transaction of its own, with and without the tenant at BEGIN
and the policies of the table. Medians of many; compare the ratios.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-bench-")
os.environ["DJANGO_SETTINGS_MODULE"] = "ppob.settings"
os.environ["LOG_LEVEL"] = "ERROR"
for name in ("DATABASE_URL", "REDIS_URL", "DISCORD_BOT_TOKEN"):
    os.environ.pop(name, None)

import django  # noqa: E402

django.setup()

import psycopg  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402

from ppob.kit import scope  # noqa: E402
from ppob.kit.scope import tenant_scope  # noqa: E402
from ppob.local import paths, testing  # noqa: E402
from tests.factories import make_product, make_tenant  # noqa: E402

STORES, PRODUCTS, TIMES, ROUNDS = 20, 200, 300, 5
PAGE = "SELECT id, name FROM catalog_product WHERE tenant_id = %s ORDER BY id LIMIT 20"
SUM = "SELECT count(*), sum(price) FROM catalog_product WHERE tenant_id = %s"
DEEDS = {"nothing": "SELECT 1 WHERE %s > 0", "a page of 20": PAGE, "a sum": SUM}


def main() -> None:
    data_dir = Path(os.environ["PPOB_DATA_DIR"])
    testing.start(data_dir, is_durable=True)
    try:
        call_command("migrate", verbosity=0)
        measure()
    finally:
        for found in connections.all(initialized_only=True):
            found.close()
        testing.remove(data_dir)


def measure() -> None:
    """Print milliseconds per transaction with and without, and their ratio."""
    store = _fill()
    print(f"A transaction with one statement, median of {TIMES * ROUNDS}, in ms")
    print(f"{'statement':14}{'bare':>8}{'+tenant':>9}{'+policies':>11}{'ratio':>8}")
    dsn = paths.superuser_dsn("ppob")
    with psycopg.connect(dsn, autocommit=True) as superuser:
        for what, statement in DEEDS.items():
            taken: dict[str, list[float]] = {"bare": [], "tenant": [], "policies": []}
            for _round in range(ROUNDS):  # in turns: the machine is never the same
                taken["policies"] += _time(_in_scope(store, statement))
                _switch(superuser, "DISABLE")
                taken["tenant"] += _time(_in_scope(store, statement))
                taken["bare"] += _time(_bare(store, statement))
                _switch(superuser, "ENABLE")
            bare, tenant, full = (
                statistics.median(taken[kind]) * 1000
                for kind in ("bare", "tenant", "policies")
            )
            print(f"{what:14}{bare:8.3f}{tenant:9.3f}{full:11.3f}{full / bare:8.2f}")


def _fill() -> int:
    for number in range(STORES):
        tenant = make_tenant(f"store-{number}")
        with tenant_scope(tenant.pk):
            for _product in range(PRODUCTS):
                make_product()
    return tenant.pk


def _run(store: int, statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [store])
        cursor.fetchall()


def _in_scope(store: int, statement: str) -> Callable[[], None]:
    def work() -> None:
        with tenant_scope(store):
            _run(store, statement)

    return work


def _bare(store: int, statement: str) -> Callable[[], None]:
    def work() -> None:
        with scope.no_tenant_scope():
            _run(store, statement)

    return work


def _time(work: Callable[[], None]) -> list[float]:
    work()
    taken = []
    for _turn in range(TIMES):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


def _switch(superuser: "psycopg.Connection[tuple[object, ...]]", how: str) -> None:
    connection.close()
    superuser.execute(f"ALTER TABLE catalog_product {how} ROW LEVEL SECURITY")


if __name__ == "__main__":
    main()
