"""`make soak`: a mixed load for a quarter of an hour, and what it did to everybody.

The product runs as its real processes. Buyers arrive at a steady pace, whether or not
the product keeps up, and latencies count from when they should have been served.
Prints percentiles, the memory of each process at start and end, and what `verify` says.
SOAK_SECS and SOAK_RATE (arrivals per second) change the length and the pace.
"""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.production import IN_PRODUCTION

os.environ |= IN_PRODUCTION
os.environ["PPOB_DATA_DIR"] = tempfile.mkdtemp(prefix="ppob-soak-")
os.environ["DJANGO_SETTINGS_MODULE"] = "ppob.settings"
os.environ["LOG_LEVEL"] = "ERROR"
for name in ("DATABASE_URL", "REDIS_URL", "DISCORD_BOT_TOKEN"):
    os.environ.pop(name, None)

import django  # noqa: E402

django.setup()

import httpx  # noqa: E402
import psutil  # noqa: E402
from django.db import close_old_connections, connections  # noqa: E402

from payments.gateways.base import FactState, PaymentFact  # noqa: E402
from payments.models import Order, Payment, PaymentMethod  # noqa: E402
from payments.services.incoming import balance, deposits, settlement  # noqa: E402
from payments.services.ledger import wallets  # noqa: E402
from payments.services.orders import checkout  # noqa: E402
from payments.services.orders.quote import Item  # noqa: E402
from ppob.kit.clock import now as clock_now  # noqa: E402
from ppob.kit.errors import DomainError  # noqa: E402
from ppob.kit.ids import new_id  # noqa: E402
from ppob.kit.rows import get_row  # noqa: E402
from ppob.kit.scope import tenant_scope  # noqa: E402
from ppob.local import paths, testing  # noqa: E402
from tenants.models import Customer  # noqa: E402
from tests.bench.world import Store, make_store  # noqa: E402
from tests.processes.installation import Installation  # noqa: E402

SECS = float(os.environ.get("SOAK_SECS", "900"))
RATE = float(os.environ.get("SOAK_RATE", "40"))
THREADS = 8  # each takes a connection for a while, and the pool holds ten
WORKERS = 4  # as in compose.yaml
QUIET_SECS = 60
PRODUCTS = 20


def main() -> None:
    data_dir = Path(os.environ["PPOB_DATA_DIR"])
    testing.start(data_dir, is_durable=True)
    installation = Installation(
        data_dir, without_debug=("worker", "beat"), workers=WORKERS
    )
    try:
        installation.start()
        codes = int(SECS * RATE * 1.5)
        load = Load(installation, make_store("soak", codes=codes, products=PRODUCTS))
        soak(installation, load)
    finally:
        installation.stop()
        for connection in connections.all(initialized_only=True):
            connection.close()
        testing.remove(data_dir)


def soak(installation: Installation, load: "Load") -> None:
    """Warm up, load, wait for quiet, report."""
    load.run(secs=min(20, SECS))
    # PostgreSQL knows its tables, as it does after the first minutes of a store.
    installation.execute("ANALYZE")
    load.took_ms.clear()
    before = memory(installation)
    load.run(secs=SECS)
    after = memory(installation)
    time.sleep(QUIET_SECS)
    print(f"{SECS:.0f} s at {RATE:.0f} arrivals/s, {load.failed} failed unexpectedly")
    print_latencies(load.took_ms)
    print_deliveries(installation, load.store.tenant)
    print("\nMemory (RSS, MB)      start      end")
    for name in before:
        print(f"{name:20}{before[name]:8.0f}{after.get(name, 0):9.0f}")
    answer = subprocess.run(
        [sys.executable, "manage.py", "verify"],
        env=installation.environment,
        cwd=paths.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"\nverify ended with {answer.returncode}")
    print(answer.stdout if answer.returncode else answer.stdout.splitlines()[-1])


class Load:
    """What arrives: mostly sales, and what else a store lives through."""

    def __init__(self, installation: Installation, store: Store) -> None:
        self.store = store
        self.took_ms: dict[str, list[float]] = {}
        self.failed = 0
        self._lock = threading.Lock()
        self._web = httpx.Client(base_url=installation.site, trust_env=False)
        with tenant_scope(store.tenant):
            self.method = PaymentMethod.objects.get(pk=store.method)
            self.customers = [
                Customer.objects.create(
                    discord_id=store.tenant * 1000 + number,
                    username=f"buyer{number}",
                    created_at=clock_now(),
                )
                for number in range(50)
            ]
        self.deeds: dict[Callable[[], None], int] = {
            self.sale: 60,
            self.abandoned: 10,
            self.deposit: 8,
            self.paid_from_balance: 8,
            self.told_twice: 4,
            self.page: 10,
        }

    def run(self, *, secs: float) -> None:
        """Let them arrive at an even pace, and wait until all are served."""
        kinds, weights = list(self.deeds), list(self.deeds.values())
        start = time.monotonic()
        with ThreadPoolExecutor(THREADS) as pool:
            for number in range(int(secs * RATE)):
                due = start + number / RATE
                time.sleep(max(0.0, due - time.monotonic()))
                pool.submit(self._serve, random.choices(kinds, weights)[0], due)

    def _serve(self, deed: Callable[[], None], due: float) -> None:
        try:
            with tenant_scope(self.store.tenant), suppress(DomainError):
                deed()
        except Exception as error:
            print(f"{deed.__name__}: {error!r}", file=sys.stderr)
            with self._lock:
                self.failed += 1
        finally:
            close_old_connections()  # back to the pool, as at the end of a request
        with self._lock:
            took = self.took_ms.setdefault(deed.__name__, [])
            took.append((time.monotonic() - due) * 1000)

    def sale(self) -> None:
        """Placed and paid; the worker delivers it."""
        settle(self._place())

    def abandoned(self) -> None:
        """Placed and never paid."""
        self._place()

    def told_twice(self) -> None:
        """The gateway tells the same news again."""
        payment = self._place()
        settle(payment)
        settle(payment)

    def deposit(self) -> None:
        """A balance is topped up."""
        payment = deposits.request_deposit(
            customer=random.choice(self.customers),
            amount=20_000,
            method_id=self.method.public_id,
            request_key=new_id().hex,
            now=clock_now(),
        )
        settle(payment)

    def paid_from_balance(self) -> None:
        """Placed, and paid from the balance if there is enough."""
        customer = random.choice(self.customers)
        if wallets.wallet_of(customer).balance >= 10_000:
            order = self._order(customer, None)
            balance.pay_with_balance(order_id=order.pk, now=clock_now())

    def page(self) -> None:
        """Somebody opens the landing page."""
        self._web.get("/").raise_for_status()

    def _place(self) -> Payment:
        order = self._order(random.choice(self.customers), self.method)
        return get_row(Payment, order_id=order.pk)

    def _order(self, customer: Customer, method: PaymentMethod | None) -> Order:
        number = random.randrange(self.store.products)
        return checkout.place_order(
            customer=customer,
            items=[Item(self.store.first_product + number)],
            request_key=new_id().hex,
            now=clock_now(),
            method=method,
        )


def settle(payment: Payment) -> None:
    """The gateway says that exactly this came in."""
    fact = PaymentFact(
        reference=payment.reference,
        gateway_reference="",
        state=FactState.SETTLED,
        amount=payment.amount,
        currency="IDR",
        happened_at=None,
        event_key="paid",
    )
    settlement.record_fact(payment_id=payment.pk, fact=fact, now=clock_now())


def print_latencies(took_ms: dict[str, list[float]]) -> None:
    print(f"\n{'Latency (ms)':20}{'count':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}")
    for name, values in took_ms.items():
        print(f"{name:20}{len(values):8}{_percentiles(sorted(values))}")


def print_deliveries(installation: Installation, tenant: int) -> None:
    rows = installation.query(
        "SELECT extract(epoch FROM delivered_at - paid_at) * 1000 FROM payments_order"
        " WHERE tenant_id = %s AND delivered_at IS NOT NULL ORDER BY 1",
        tenant,
    )
    values = [float(row[0]) for row in rows]
    print(f"{'paid to delivered':20}{len(values):8}{_percentiles(values)}")
    left = installation.value(
        "SELECT count(*) FROM payments_order WHERE tenant_id = %s"
        " AND status IN ('paid', 'delivering')",
        tenant,
    )
    print(f"paid and not delivered: {left}")


def _percentiles(values: list[float]) -> str:
    at = [values[int(len(values) * share)] for share in (0.5, 0.95, 0.99)]
    return "".join(f"{value:8.0f}" for value in (*at, values[-1]))


def memory(installation: Installation) -> dict[str, float]:
    """Megabytes of each process with its children."""
    sizes = {}
    for name, process in installation.running.items():
        root = psutil.Process(process.pid)
        family = [root, *root.children(recursive=True)]
        sizes[name] = sum(each.memory_info().rss for each in family) / 1e6
    return sizes


if __name__ == "__main__":
    main()
