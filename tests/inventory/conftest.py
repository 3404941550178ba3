"""A store with an account at a supplier that answers as told."""

import pytest

from inventory.events import PurchaseSettled
from inventory.suppliers import registry
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from tests import hearing
from tests.bystanders import bystanders
from tests.inventory.suppliers import (
    Scripted,
    make_account,
    make_topup,
    map_product,
    served_by,
)
from tests.providers import Served

__all__ = ["bystanders"]


@pytest.fixture
def account(in_arcadia):
    return make_account()


@pytest.fixture
def product(account):
    product = make_topup()
    map_product(product, account)
    return product


@pytest.fixture
def supplier(monkeypatch):
    with served_by(monkeypatch, Scripted()) as scripted:
        yield scripted


@pytest.fixture
def second(product):
    """Another account that can serve the same product."""
    account = make_account(TOKO_DEWI, position=1)
    map_product(product, account, cost=10_500)
    return account


@pytest.fixture
def settled():
    """What was announced as settled: the purchase's status at that moment."""

    def read(event):
        purchase = event.purchase
        return purchase.pk, purchase.status, purchase.serial_number.reveal()

    with hearing.heard(PurchaseSettled, read=read) as seen:
        yield seen


@pytest.fixture
def other(monkeypatch):
    """A supplier of another kind, with a script of its own."""
    scripted = Scripted()
    scripted.kind, scripted.spec = "iak", registry.spec_of("iak")
    monkeypatch.setitem(registry._ADAPTERS, "iak", Served(scripted.spec, scripted))
    return scripted


@pytest.fixture
def standby(product, other):
    """The other supplier can serve the same product, after the first."""
    account = make_account(TOKO_DEWI, kind="iak", position=1)
    map_product(product, account, cost=9_900)
    return account
