"""What tests about money share."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from payments.models import MoneyPolicy, Order
from payments.services.incoming import balance
from tenants.models import Member, Tenant
from tests.bystanders import bystanders
from tests.conftest import NOON
from tests.factories import make_member, make_order, make_policy, make_product
from tests.payments.acts import deliver, fund, open_transfer, pending, tell
from tests.payments.invariants import violations

__all__ = ["bystanders"]


@pytest.fixture
def right_books(db: None, superuser: psycopg.Connection[Any]) -> Iterator[None]:
    """After the test, no rule about money and stock is broken."""
    yield
    assert violations(superuser) == {}


@pytest.fixture
def seller(in_arcadia: Tenant) -> Member:
    return make_member()


@pytest.fixture
def policy(in_arcadia: Tenant) -> MoneyPolicy:
    return make_policy(deposit_min=1_000)


@pytest.fixture
def paid(policy: MoneyPolicy) -> Order:
    """An order of ten thousand rupiah that was paid by transfer."""
    order = make_order(make_product(price=10_000, codes=1))
    tell(pending(order, method=open_transfer()))
    order.refresh_from_db()
    return order


@pytest.fixture
def delivered(paid: Order) -> Order:
    return deliver(paid)


@pytest.fixture
def mixed(policy: MoneyPolicy) -> Order:
    """Four thousand came from the balance, six thousand by transfer."""
    order = make_order(make_product(price=10_000, codes=1))
    fund(order.customer, 4_000)
    balance.reserve_balance(order_id=order.pk, now=NOON)
    tell(pending(order, method=open_transfer()))
    order.refresh_from_db()
    return order
