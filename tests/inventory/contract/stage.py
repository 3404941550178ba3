"""Suppliers running on this machine, on a clock that is moved by hand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from inventory.models import PurchaseAttempt, SupplierAccount
from inventory.services.supplier_clients import callback_url
from inventory.simulator.client import SupplierControl
from inventory.suppliers import registry
from inventory.suppliers.base import Supplier, SupplierSpec
from inventory.tasks import (
    probe_suppliers,
    sweep_purchases,
    sweep_supplier_inbox,
)
from ppob.kit.scope import no_tenant_scope
from tests.conftest import NOON
from tests.factories import SupplierAccountFactory
from tests.inventory.contract.case import Case
from tests.inventory.suppliers import make_topup, map_product, submit
from tests.providers import config_of

RIZKY, DEWI = "toko-rizky", "toko-dewi"
FLIP_SECS = 90


class Clock:
    """Ours and the suppliers' clock."""

    def __init__(self) -> None:
        self.now = NOON

    def pass_secs(self, secs: float) -> None:
        self.now += timedelta(seconds=secs)

    def timestamp(self) -> float:
        return self.now.timestamp()


def shop_at(
    address: str, spec: SupplierSpec, store: str = RIZKY, **changes: str
) -> Supplier:
    """The adapter of a demo store, at the simulator; with other keys if told so."""
    keys = {**spec.demo_keys[store], **changes}
    config = config_of(f"{address}/{spec.code}", **keys)
    return registry.supplier_for(spec.code, config=config)


def account_of(spec: SupplierSpec, store: str = RIZKY, **fields: Any) -> Any:
    """The account that the simulator knows as this store's."""
    keys = spec.demo_keys[store]
    secrets = {key.name: keys[key.name] for key in spec.keys if key.is_secret}
    return SupplierAccountFactory(
        kind=spec.code,
        username=keys[spec.account_key.name],
        credentials=json.dumps(secrets),
        **fields,
    )


@contextmanager
def controlling(address: str, code: str) -> Iterator[SupplierControl]:
    found = SupplierControl(address, code)
    try:
        yield found
    finally:
        found.close()


class Stage:
    """A store with a product, and the supplier of a case that can serve it."""

    def __init__(self, case: Case, control: SupplierControl, clock: Clock, jobs: Any):
        self.case, self.control, self.clock, self.jobs = case, control, clock, jobs
        self.product = make_topup()
        self.account = self.connect()

    def connect(self, store: str = RIZKY, **fields: Any) -> SupplierAccount:
        """Another account at the supplier, which can serve the product."""
        account = account_of(self.case.spec, store, **fields)
        map_product(self.product, account, sku=self.case.sku, cost=self.case.price)
        self.case.listen(self.control, store, callback_url(account))
        return account

    def order(self, number: str = "succeeds", **fields: Any) -> Any:
        """A purchase that ends like this, sent as far as it goes at once."""
        purchase = self.submit(number, **fields)
        self.work()
        return purchase

    def submit(
        self, number: str = "succeeds", *, destination: str = "", **fields: Any
    ) -> Any:
        limits = {"ceiling": self.case.price * 2, **fields}
        return submit(
            self.product,
            destination or self.case.destined(self.control, number),
            now=self.clock.now,
            **limits,
        )

    def work(self) -> None:
        with no_tenant_scope():
            self.jobs.run()

    def live(self, *, secs: int, step: int = 15) -> None:
        """Let time pass; sweepers and workers do their work."""
        for _turn in range(secs // step):
            self.clock.pass_secs(step)
            with no_tenant_scope():
                probe_suppliers()
                sweep_purchases()
                sweep_supplier_inbox()
                self.jobs.run()

    def hear_out(self) -> None:
        """Live until what was ordered has ended, a lost answer included."""
        # We ask after 20, 40, 80 … seconds, and the last of them may just have passed.
        is_slow = self.case.is_under_way_first
        self.live(secs=60 + 2 * FLIP_SECS if is_slow else 60)

    def post(self, callback: dict[str, Any], *, account: Any = None) -> HttpResponse:
        """Bring a callback to its own door, or to another account's."""
        url = callback_url(account) if account else callback["url"]
        with no_tenant_scope():
            answer = Client().post(
                f"/api/{url.partition('/api/')[2]}",
                data=callback["body"],
                content_type="application/json",
                headers=callback["headers"],
            )
            self.jobs.run()
        return answer

    def sold(self) -> list[dict[str, Any]]:
        """What the supplier knows: every order, with its charges and deliveries."""
        return self.control.list_transactions()

    def status(self, purchase: Any) -> str:
        purchase.refresh_from_db()
        return str(purchase.status)

    def assert_books_agree(self) -> None:
        """What the supplier charged is what we count as bought, unit by unit."""
        bought = PurchaseAttempt.objects.filter(status="succeeded")
        charged = [each["ref_id"] for each in self.sold() if each["charges"]]
        known = [self.case.reference_of(each) for each in bought]
        assert sorted(charged) == sorted(known)
        assert all(each["deliveries"] <= 1 for each in self.sold())
