"""A store that takes bills, and a simulated supplier on a clock that is moved by hand.

Our own adapter speaks to the supplier's engine: same requests, signatures and answers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

from catalog.models import Product
from catalog.states import ProductKind
from inventory.models import BillInquiry, Purchase, SupplierAccount
from inventory.services import bills, purchases
from inventory.suppliers import registry
from inventory.suppliers.digiflazz import adapter as digiflazz
from inventory.suppliers.digiflazz.simulator.engine import Engine as Digiflazz
from inventory.suppliers.iak import adapter as iak
from inventory.suppliers.iak.simulator.engine import Engine as Iak
from inventory.tasks import sweep_purchases
from ppob.kit import clock
from ppob.kit.db import unit_of_work
from ppob.kit.scope import no_tenant_scope
from tests.conftest import NOON
from tests.factories import make_customer, make_policy, make_product
from tests.inventory.contract.stage import RIZKY, account_of
from tests.inventory.shop import Answer, Content, Line
from tests.inventory.suppliers import map_product

FEE = 2_000
FLIP_SECS = 90
# An evening on which there is time for everything, a minute before the last call, and
# the next day. Jakarta is seven hours ahead.
EVENING = datetime(2026, 3, 14, 13, 0, tzinfo=UTC)  # 20:00
LAST_MINUTES = datetime(2026, 3, 14, 16, 57, tzinfo=UTC)  # 23:57
NEXT_DAY = datetime(2026, 3, 14, 17, 1, tzinfo=UTC)  # 00:01


@dataclass(frozen=True)
class Numbers:
    """Customer numbers by what becomes of them."""

    paid: str
    nothing: str
    fails: str
    waits_then_paid: str
    waits_then_fails: str


@dataclass(frozen=True)
class Door:
    """One supplier: its adapter, its engine, and how the two are connected."""

    code: str
    adapter: ModuleType
    make_engine: Callable[..., Any]
    answer: Callable[[Any], Answer]
    sku: str
    numbers: Numbers
    billed: int
    cost: int
    name: str
    period: str
    failed: str  # what a payment is planned to end with
    low_balance: str
    timed_out: str  # called a failure
    switched_off: str


def _of_digiflazz(engine: Any) -> Answer:
    def answer(_path: str, content: Content) -> Content:
        return {"data": engine.transact(content)}

    return answer


DIGIFLAZZ = Door(
    code="digiflazz",
    adapter=digiflazz,
    make_engine=Digiflazz,
    answer=_of_digiflazz,
    sku="pln",
    numbers=Numbers(
        "530000000001",
        "530000000003",
        "530000000006",
        "630000000001",
        "630000000006",
    ),
    billed=11_000,
    cost=10_000,
    name="Nama Pelanggan Pertama",
    period="201901",
    failed="02",
    low_balance="44",
    timed_out="01",
    switched_off="68",
)


def _of_iak(engine: Any) -> Answer:
    def answer(_path: str, content: Content) -> Content:
        return {"data": engine.bill(content)}

    return answer


IAK = Door(
    code="iak",
    adapter=iak,
    make_engine=Iak,
    answer=_of_iak,
    sku="PLNPOSTPAID",
    numbers=Numbers(
        "530000000001",
        "530000000004",
        "530000000006",
        "530000000007",
        "530000000009",
    ),
    billed=302_500,
    cost=301_900,
    name="SUBCRIBER NAME",
    period="201608",
    failed="37",
    low_balance="17",
    timed_out="103",
    switched_off="106",
)
DOORS = [DIGIFLAZZ, IAK]
# Its documented payments have no serial number.
WITHOUT_SERIAL_NUMBER = replace(
    DIGIFLAZZ,
    sku="bpjstk",
    numbers=Numbers(
        "8102051011270001",
        "8102051011270002",
        "8102051011270003",
        "9102051011270001",
        "9102051011270003",
    ),
)


class BillShop:
    """A store with a bill to sell, its supplier, and a buyer."""

    def __init__(self, monkeypatch: Any, jobs: Any, door: Door) -> None:
        self.door, self.jobs, self.now = door, jobs, NOON
        self.troubles: list[str] = []
        self.engine = door.make_engine(
            clock=lambda: self.now.timestamp(), flip_secs=FLIP_SECS
        )
        self.line = Line(door.code, door.answer(self.engine), self._trouble)
        monkeypatch.setattr(door.adapter, "_client", lambda *_limits: self.line)
        monkeypatch.setattr(clock, "now", lambda: self.now)
        make_policy(undo_secs=0)
        self.customer = make_customer()
        self.product = make_bill()
        self.account = self.connect(self.product)

    def connect(
        self, product: Product, store: str = RIZKY, *, line: Any = None, **fields: Any
    ) -> SupplierAccount:
        """An account that the supplier knows, at which this bill can be paid."""
        account: SupplierAccount = account_of(
            registry.spec_of(self.door.code), store, **fields
        )
        listed = {"sku": self.door.sku, "cost": 0, "is_bill": True, **(line or {})}
        map_product(product, account, **listed)
        return account

    def ask(self, number: str = "", **changes: Any) -> BillInquiry:
        """What the number owes, asked by the buyer."""
        asked = {"customer": self.customer, "product": self.product, **changes}
        entered = {"account": number or self.door.numbers.paid}
        return bills.inquire(entered=entered, now=self.now, **asked)

    def use(
        self, inquiry: BillInquiry, *, holder: UUID | None = None, customer: Any = None
    ) -> BillInquiry:
        with unit_of_work("tests.use"):
            return bills.use(
                inquiry_id=inquiry.pk,
                customer=customer or self.customer,
                holder=holder or uuid4(),
                now=self.now,
            )

    def submit(self, inquiry: BillInquiry, **fields: Any) -> Purchase:
        """Have a bill paid that was set aside for an order line."""
        used = bills.get_used(inquiry.holder)
        with unit_of_work("tests.submit"):
            return purchases.submit(
                holder=used.holder,
                unit_no=1,
                product=self.product,
                destination=used.destination,
                ceiling=(used.billed or 0) + FEE,
                inquiry=used,
                now=self.now,
                **fields,
            )

    def order(self, number: str = "", **fields: Any) -> Purchase:
        """A bill that was asked, ordered and paid for; nothing is sent yet."""
        return self.submit(self.use(self.ask(number)), **fields)

    def work(self) -> None:
        with no_tenant_scope():
            self.jobs.run()

    def live(self, *, secs: int, step: int = 20) -> None:
        """Let time pass; sweepers and workers do their work."""
        for _turn in range(secs // step):
            self.now += timedelta(seconds=step)
            with no_tenant_scope():
                sweep_purchases()
                self.jobs.run()

    def settle(self, purchase: Purchase, *, secs: int) -> None:
        """Let time pass until the purchase is over, but no longer than that."""
        for _turn in range(secs // 20):
            if self.state(purchase)[0] in {"succeeded", "failed"}:
                return
            self.live(secs=20)

    def state(self, purchase: Purchase) -> tuple[str, list[str]]:
        """The purchase's status, and those of its attempts in their order."""
        purchase.refresh_from_db()
        attempts = purchase.attempts.order_by("pk").values_list("status", flat=True)
        return str(purchase.status), list(attempts)

    def charged(self) -> dict[str, int]:
        """How often the supplier took the money for each reference."""
        sold = self.engine.all_transactions()
        return {each.ref_id: each.charges for each in sold if each.charges}

    def _trouble(self) -> str:
        return self.troubles.pop(0) if self.troubles else ""


def make_bill(**fields: Any) -> Product:
    return make_product(kind=ProductKind.BILL, **{"price": FEE, **fields})
