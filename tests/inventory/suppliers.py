"""Suppliers for tests: accounts, mappings, and one without a network in between."""

import json
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from catalog.models import Product
from catalog.states import ProductKind
from inventory.models import (
    Purchase,
    PurchaseAttempt,
    SupplierAccount,
    SupplierProduct,
)
from inventory.services import purchase_facts, purchases
from inventory.suppliers import registry
from inventory.suppliers.base import (
    FactState,
    PurchaseFact,
    PurchaseRequest,
    Supplier,
)
from inventory.suppliers.digiflazz import SPEC
from inventory.suppliers.digiflazz.simulator.world import TOKO_RIZKY, Buyer
from payments.models import MoneyPolicy
from ppob.kit.db import forbid_transaction, unit_of_work
from tests.conftest import NOON
from tests.factories import (
    SupplierAccountFactory,
    SupplierProductFactory,
    make_policy,
    make_product,
)
from tests.providers import Served

SKU = "xld10"
SUCCEEDS, FAILS = "087800001230", "087800001232"
PENDING_THEN_SUCCEEDS, PENDING_THEN_FAILS = "087800001233", "087800001234"


def make_account(buyer: Buyer = TOKO_RIZKY, **fields: Any) -> SupplierAccount:
    """The store's account that the simulated supplier knows as this buyer.

    What is paid goes to it at once, unless the test gives buyers time to think.
    """
    if not MoneyPolicy.objects.exists():
        make_policy(undo_secs=0)
    return SupplierAccountFactory(
        username=buyer.username,
        credentials=json.dumps(
            {"api_key": buyer.api_key, "webhook_secret": buyer.webhook_secret}
        ),
        **fields,
    )


def make_topup(**fields: Any) -> Product:
    return make_product(kind=ProductKind.TOPUP, **fields)


def map_product(
    product: Product, account: SupplierAccount, **fields: Any
) -> SupplierProduct:
    """The account can buy this product, as `SKU` unless the test says otherwise."""
    return SupplierProductFactory(
        account=account, product=product, **{"sku": SKU, **fields}
    )


def submit(
    product: Product,
    destination: str = SUCCEEDS,
    *,
    now: datetime = NOON,
    **fields: Any,
) -> Purchase:
    defaults = {"holder": uuid4(), "unit_no": 1, "ceiling": 11_000}
    with unit_of_work("tests.submit"):
        return purchases.submit(
            product=product,
            destination=destination,
            now=now,
            **{**defaults, **fields},
        )


def attempt_of(purchase: Purchase) -> PurchaseAttempt:
    """The newest attempt of a purchase, freshly read."""
    return PurchaseAttempt.objects.filter(purchase=purchase).order_by("-pk")[0]


@dataclass
class Scripted(Supplier):
    """A supplier that answers as told, and remembers what it was asked."""

    kind = "digiflazz"
    spec = replace(SPEC, name_checks={"ML": "ml"})
    answers: list[Any] = field(default_factory=list)
    asked: list[PurchaseRequest] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)  # by the user id
    named: list[dict[str, str]] = field(default_factory=list)
    balance: Any = 1_000_000

    def buy(self, request: PurchaseRequest) -> PurchaseFact:
        forbid_transaction()
        self.asked.append(request)
        answer = self.answers.pop(0) if self.answers else FactState.SUCCEEDED
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, FactState):
            return told(request.ref_id, answer)
        return answer(request)

    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        return self.buy(request)

    def read_callback(self, headers: Any, body: bytes) -> PurchaseFact | None:
        raise NotImplementedError

    def read_balance(self) -> int:
        forbid_transaction()
        answer = self.balance() if callable(self.balance) else self.balance
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    def find_name(self, game: str, account: Mapping[str, str]) -> str | None:
        forbid_transaction()
        self.named.append(dict(account))
        answer = self.names.get(account["user_id"])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def list_prices(self) -> list[Any]:
        raise NotImplementedError


def told(ref_id: str, state: FactState, **fields: Any) -> PurchaseFact:
    words = {
        FactState.SUCCEEDED: ("00", 10_000, f"SN-{ref_id}"),
        FactState.PENDING: ("03", None, ""),
        FactState.FAILED: ("02", None, ""),
        FactState.NOT_FORMED: ("68", None, ""),
        FactState.REFUNDED: ("74", None, ""),
        FactState.UNCLEAR: ("77", None, ""),
    }
    rc, cost, serial_number = words[state]
    defaults = {"rc": rc, "message": "", "cost": cost, "serial_number": serial_number}
    return PurchaseFact(ref_id=ref_id, state=state, **{**defaults, **fields})


@contextmanager
def served_by(monkeypatch: Any, supplier: Supplier) -> Any:
    """Every account is served by this supplier."""
    with monkeypatch.context() as patch:
        patch.setitem(registry._ADAPTERS, "digiflazz", Served(supplier.spec, supplier))
        yield supplier


def send(purchase, *, now=NOON):
    purchases.send(attempt_id=attempt_of(purchase).pk, now=now)
    return state_of(purchase)


def check(purchase, *, now):
    purchases.check(attempt_id=attempt_of(purchase).pk, now=now)
    return state_of(purchase)


def state_of(purchase):
    purchase.refresh_from_db()
    return purchase.status, attempt_of(purchase).status


def hear(purchase, state, *, now=NOON, attempt=None, **fields):
    """The supplier reports by callback."""
    attempt = attempt or attempt_of(purchase)
    purchase_facts.record_fact(
        attempt_id=attempt.pk,
        fact=told(attempt.ref_id, state, **fields),
        actor="supplier:digiflazz",
        now=now,
    )
    return state_of(purchase)
