"""Price lists at size: `python -m tests.bench.prices`.

A supplier's list of 20,000 lines is read into an empty store, read again without news,
and read when every twentieth line costs more. Then what a store with 10,000 products
shows of them: the seller's list, and a game's prices with and without what is kept.
"""

import os
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-bench-")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["LOG_LEVEL"] = "ERROR"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from bot.runtime.cogs import shopping  # noqa: E402
from catalog.models import Category, Product  # noqa: E402
from inventory.models import SupplierAccount, SupplierProduct  # noqa: E402
from inventory.services import price_lists, price_sync  # noqa: E402
from inventory.suppliers.base import PricedProduct  # noqa: E402
from ppob.kit import clock  # noqa: E402
from ppob.kit.scope import tenant_scope  # noqa: E402
from ppob.local import testing  # noqa: E402
from tests import databases  # noqa: E402
from tests.factories import (  # noqa: E402
    CategoryFactory,
    make_customer,
    make_member,
    make_tenant,
)
from tests.inventory.suppliers import make_account  # noqa: E402

LINES, PRODUCTS, OF_GAME, TIMES = 20_000, 10_000, 500, 40


def main() -> None:
    data_dir = Path(os.environ["PPOB_DATA_DIR"])
    testing.start(data_dir)
    try:
        databases.make_database(settings.DATABASE)
        tenant = make_tenant("bench")
        with tenant_scope(tenant.pk):
            _measure_sync(make_account())
            _measure_reading(tenant.slug)
    finally:
        for found in connections.all(initialized_only=True):
            found.close()
        testing.remove(data_dir)


def _measure_sync(account: SupplierAccount) -> None:
    listed = [
        PricedProduct(
            f"SKU{n}", f"Item {n}", 1_000 + n, True, None, None, "XL", "Pulsa"
        )
        for n in range(LINES)
    ]
    dearer = [
        replace(line, cost=line.cost + 100) if number % 20 == 0 else line
        for number, line in enumerate(listed)
    ]
    print(f"A price list of {LINES:,} lines")
    print(f"{'':24}{'seconds':>9}{'queries':>9}{'peak MB':>9}")
    for what, lines in {
        "into an empty store": listed,
        "without news": listed,
        "every twentieth dearer": dearer,
    }.items():
        secs, queries, peak = _sync(account, lines)
        print(f"{what:24}{secs:9.2f}{queries:9}{peak:9.1f}")


def _sync(
    account: SupplierAccount, lines: list[PricedProduct]
) -> tuple[float, int, float]:
    with patch.object(price_sync, "open_supplier") as opened:
        opened.return_value.list_prices.return_value = lines
        started = time.perf_counter()
        with counting() as queries:
            price_sync.sync_prices(account_id=account.pk, now=clock.now())
        secs = time.perf_counter() - started
        tracemalloc.start()  # slow, so not while it is timed; nothing is new any more
        price_sync.sync_prices(account_id=account.pk, now=clock.now())
        peak = tracemalloc.get_traced_memory()[1] / 1_000_000
        tracemalloc.stop()
    return secs, len(queries), peak


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        sent.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield sent


def _measure_reading(slug: str) -> None:
    game = CategoryFactory(code="ML", name="Mobile Legends")
    _fill(game)
    browser = Client()
    browser.force_login(make_member().user)
    buyer = make_customer()
    address = reverse("inventory:product-list", kwargs={"store": slug})
    print(
        f"\n{PRODUCTS:,} products, {OF_GAME} of them of the game; median and p95 in ms"
    )
    print(f"{'':24}{'median':>9}{'p95':>9}{'queries':>9}")
    deeds: dict[str, Callable[[], object]] = {
        "the seller's list": lambda: browser.get(address),
        "/price": lambda: shopping._read_prices(customer=buyer, code=None),
        "/price of the game": lambda: shopping._read_prices(customer=buyer, code="ML"),
        "prices (API), kept": lambda: price_lists.price_list(game, now=clock.now()),
        "prices (API), not kept": lambda: _uncached(game),
    }
    for what, deed in deeds.items():
        median, p95, queries = _time(deed)
        print(f"{what:24}{median:9.1f}{p95:9.1f}{queries:9}")


def _fill(game: Category) -> None:
    now = clock.now()
    made = Product.objects.bulk_create(
        Product(
            tenant_id=game.tenant_id,
            sku=f"P{number}",
            name=f"Product {number}",
            price=5_000 + number,
            kind="topup",
            category=game if number < OF_GAME else None,
            created_at=now,
            updated_at=now,
        )
        for number in range(PRODUCTS)
    )
    lines = list(SupplierProduct.objects.order_by("pk")[:PRODUCTS])
    for line, product in zip(lines, made, strict=True):
        line.product = product
    SupplierProduct.objects.bulk_update(lines, ["product"], batch_size=1_000)


def _uncached(game: Category) -> None:
    cache.clear()
    price_lists.price_list(game, now=clock.now())


def _time(deed: Callable[[], object]) -> tuple[float, float, int]:
    with counting() as queries:
        deed()
    taken = []
    for _turn in range(TIMES):
        started = time.perf_counter()
        deed()
        taken.append((time.perf_counter() - started) * 1_000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1], len(queries)


if __name__ == "__main__":
    main()
