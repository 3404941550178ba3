"""Processes full of buyers, and what they say about their orders."""

import dataclasses
import json
import subprocess
import threading
from typing import Any

from ppob.local import paths
from tests.faults.ground import Ground
from tests.faults.shop import Shop
from tests.processes.installation import PYTHON

NEVER = 1_000_000_000


class Crowd:
    """Buyers of a shop's product, spread over some processes.

    Every `unpaid_every`-th never pays.
    """

    def __init__(
        self,
        ground: Ground,
        *,
        way: str,
        shop: Shop,
        processes: int = 2,
        threads: int = 3,
        pause_secs: float = 0,
        unpaid_every: int = NEVER,
    ) -> None:
        self.ground, self.shop = ground, shop
        self.orders = len(shop.customers)
        self.said: list[dict[str, Any]] = []
        self.errors: list[str] = []
        plan = {
            **dataclasses.asdict(self.shop),
            "way": way,
            "threads": threads,
            "pause_secs": pause_secs,
            "unpaid_every": unpaid_every,
        }
        self._running = [
            self._start({**plan, "first": 1 + first, "customers": share})
            for first, share in _shares(shop.customers, processes)
        ]

    @property
    def finished(self) -> int:
        """How many buyers have done what they wanted."""
        return len(self.said)

    @property
    def unknown(self) -> list[str]:
        """Every call that ended in an error and was repeated."""
        return [each for line in self.said for each in line["unknown"]]

    @property
    def slowest(self) -> float:
        """The longest single call in seconds."""
        return max((line["slowest"] for line in self.said), default=0.0)

    def is_done(self) -> bool:
        """Whether every buyer is finished; an assertion if one could not."""
        codes = [process.poll() for process, _readers in self._running]
        assert not any(codes), "\n".join(self.errors)[-4000:]
        if None in codes:
            return False
        for _process, readers in self._running:
            for reader in readers:
                reader.join()
        assert self.finished == self.orders
        return True

    def stop(self) -> None:
        """End buyers that are left over."""
        for process, readers in self._running:
            process.kill()
            process.wait()
            for reader in readers:
                reader.join()

    def count(self, *statuses: str) -> int | None:
        """How many of the orders stand there; None while nobody can say."""
        return self.ground.asked(
            "SELECT count(*) FROM payments_order o JOIN payments_orderline l"
            " ON l.order_id = o.id WHERE l.product_id = %s AND o.status = ANY(%s)",
            self.shop.product,
            list(statuses),
        )

    def _start(
        self, plan: dict[str, Any]
    ) -> tuple[subprocess.Popen[str], list[threading.Thread]]:
        process = subprocess.Popen(
            [PYTHON, "-m", "tests.faults.buyers", json.dumps(plan)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.ground.environment, "LOG_LEVEL": "CRITICAL"},
            cwd=paths.ROOT,
        )
        readers = [
            threading.Thread(target=self._hear, args=(process,), daemon=True),
            threading.Thread(target=self._note, args=(process,), daemon=True),
        ]
        for reader in readers:
            reader.start()
        return process, readers

    def _hear(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(json.loads(line))

    def _note(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        self.errors.extend(process.stderr)


def _shares(
    customers: tuple[int, ...], count: int
) -> list[tuple[int, tuple[int, ...]]]:
    size = -(-len(customers) // count)
    return [
        (first, customers[first : first + size])
        for first in range(0, len(customers), size)
    ]
