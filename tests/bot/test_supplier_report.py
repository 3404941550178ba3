"""`/pemasok`: how suppliers do, for the store's own people alone."""

import pytest

from bot.presenters import suppliers
from bot.services import supplier_report
from ppob.kit.errors import NotAllowed
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_customer, make_member
from tests.inventory.suppliers import make_account


def customer_of(member):
    return make_customer(discord_id=member.user.discord_id)


def read(customer):
    return supplier_report.read_report(customer=customer, now=NOON)


def test_an_owner_reads_deposit_and_state(store):
    make_account(deposit=500_000, deposit_at=NOON, reserved=20_000)

    words = str(suppliers.report(read(customer_of(store.seller))))

    assert "Digiflazz" in words
    assert "Rp 500.000" in words
    assert "Rp 20.000" in words


def test_a_buyer_reads_nothing(store):
    make_account(deposit=500_000, deposit_at=NOON)

    with pytest.raises(NotAllowed):
        read(store.buyer)


def test_who_may_not_see_costs_reads_nothing(store):
    with pytest.raises(NotAllowed):
        read(customer_of(make_member(role=Role.CASHIER)))


def test_without_a_supplier_it_says_so(store):
    draft = suppliers.report(read(customer_of(store.seller)))

    assert draft.embed is None
    assert draft.text
