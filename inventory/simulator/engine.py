"""What happens at any simulated supplier: orders that end, charges, reports, switches.

It knows nothing about HTTP, so tests may also drive it directly. A supplier's own words
and rules stand in its folder, in a subclass.
"""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

Body = Mapping[str, Any]


class NotPossible(Exception):
    """The transaction's state does not allow this."""


@dataclass(kw_only=True)
class Order:
    """One purchase. Times are unix seconds, amounts rupiah; `rc` is where it stands.

    `charges` and `deliveries` are the truth: how often the price was taken and not
    given back, and how often the goods were delivered. `then` is the outcome that a
    pending one gets at `flips_at`.
    """

    username: str
    ref_id: str
    price: int
    created_at: float
    rc: str
    then: str = ""
    flips_at: float | None = None
    charges: int = 0
    deliveries: int = 0


@dataclass
class Callback:
    """One report to a buyer's server; `answers` are the HTTP statuses, 0 for none."""

    url: str
    body: str
    headers: dict[str, str]
    ref_id: str
    retries_left: int
    due_at: float | None
    answers: list[int] = field(default_factory=list)


OrderType = TypeVar("OrderType", bound=Order)


class Engine(ABC, Generic[OrderType]):
    """A supplier's inner life. `plan` holds response codes for the next new orders.

    A planned `03>00` stays pending until it flips to `00`.
    """

    order_type: ClassVar[type[Order]]
    retry_secs: ClassVar[tuple[float, ...]]  # after each report that was not taken

    def __init__(
        self, *, clock: Callable[[], float] = time.time, flip_secs: float = 3
    ) -> None:
        self.clock = clock
        self.flip_secs = flip_secs
        self.is_silent = False
        self.refuses_addresses = False
        self.off: set[str] = set()
        self.plan: deque[str] = deque()
        self.balances: dict[str, int] = {}
        self.transactions: dict[tuple[str, str], OrderType] = {}
        self.forgotten: list[OrderType] = []
        self.callbacks: list[Callback] = []
        self.requests: list[tuple[float, str]] = []  # when, which reference

    @abstractmethod
    def finish(self, order: OrderType, rc: str, *, report: bool = True) -> None:
        """Give a pending order its outcome. Raises NotPossible for others."""

    @abstractmethod
    def change_mind(self, order: OrderType, rc: str) -> None:
        """Say the opposite of an outcome; NotPossible where there is none."""

    @abstractmethod
    def report(self, order: OrderType, *, times: int = 1) -> None:
        """Send the present state to the buyer's server, unless the engine is silent."""

    def flip_due(self) -> list[OrderType]:
        """Finish pending orders whose time has come, and report them."""
        now = self.clock()
        due = [
            each
            for each in self.transactions.values()
            if each.flips_at is not None and each.flips_at <= now
        ]
        for order in due:
            self.finish(order, order.then)
        return due

    def all_transactions(self) -> list[OrderType]:
        """Every order there ever was, the forgotten ones included, as it stands now."""
        self.flip_due()
        return [*self.forgotten, *self.transactions.values()]

    def find(self, ref_id: str) -> OrderType | None:
        """The order with this reference, whoever's it is."""
        found = (each for each in self.transactions.values() if each.ref_id == ref_id)
        return next(found, None)

    def switch(self, body: Body) -> None:
        """Change what holds for all orders from now on."""
        self.is_silent = body.get("silent", self.is_silent) is True
        refuses = body.get("refuses_addresses", self.refuses_addresses)
        self.refuses_addresses = refuses is True
        self.off = set(body.get("off", self.off))
        for username, balance in body.get("balance", {}).items():
            self.balances[username] = int(balance)

    def forget(self) -> None:
        """Forget everything, switches included."""
        self.is_silent = self.refuses_addresses = False
        for memory in (
            self.off,
            self.plan,
            self.balances,
            self.transactions,
            self.forgotten,
            self.callbacks,
            self.requests,
        ):
            memory.clear()

    def kept(self) -> dict[str, object]:
        """What must not be forgotten by a restart, as JSON takes it."""
        return {
            "balances": self.balances,
            "transactions": [asdict(each) for each in self.transactions.values()],
        }

    def restore(self, kept: Body) -> None:
        """Go on from what `kept` said."""
        self.balances = kept["balances"]
        for content in kept["transactions"]:
            order: Any = self.order_type(**content)
            self.transactions[order.username, order.ref_id] = order
