"""What tests about money share."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tenants.models import Member, Tenant
from tests.factories import make_member
from tests.payments.invariants import violations


@pytest.fixture
def right_books(db: None, superuser: psycopg.Connection[Any]) -> Iterator[None]:
    """After the test, no rule about money and stock is broken."""
    yield
    assert violations(superuser) == {}


@pytest.fixture
def seller(in_arcadia: Tenant) -> Member:
    return make_member()
