"""Factories make valid rows of the store in scope, and nothing outside of it."""

import pytest
from django.db import transaction

from ppob.kit.scope import NoTenantScope, no_tenant_scope, tenant_scope
from ppob.kit.tenant_rows import TenantRow
from tests import factories
from tests.factories.base import StoreRow

FACTORIES = sorted(
    (
        each
        for each in vars(factories).values()
        if isinstance(each, type)
        and issubclass(each, StoreRow)
        and each is not StoreRow
    ),
    key=lambda each: each.__name__,
)
ONE_PER_STORE = {
    factories.PolicyFactory,
    factories.LedgerAccountFactory,
    factories.PricePolicyFactory,
    factories.PriceRuleFactory,
}
by_name = pytest.mark.parametrize("factory", FACTORIES, ids=lambda each: each.__name__)


@by_name
def test_a_row_belongs_to_the_store_in_scope(factory, in_arcadia, borealis):
    first = factory()
    with tenant_scope(borealis.pk):
        second = factory()

    assert (first.tenant_id, second.tenant_id) == (in_arcadia.pk, borealis.pk)


@by_name
def test_without_a_scope_nothing_is_made(factory, in_arcadia):
    model = factory._meta.model
    with no_tenant_scope(), pytest.raises(NoTenantScope), transaction.atomic():
        factory()

    assert not model.objects.exists()


@pytest.mark.parametrize(
    "factory", [each for each in FACTORIES if each not in ONE_PER_STORE]
)
def test_two_rows_of_one_store_can_stand_side_by_side(factory, in_arcadia):
    first, second = factory(), factory()

    assert first.pk != second.pk


def test_every_factory_makes_rows_of_another_model():
    models = [factory._meta.model for factory in FACTORIES]
    methods = {factories.MethodFactory, factories.GatewayMethodFactory}

    assert len(models) - len(set(models)) == len(methods) - 1
    assert all(issubclass(model, TenantRow) for model in models)
    assert len(models) > 20


def test_a_payment_is_for_an_order_or_a_deposit(in_arcadia):
    order = factories.make_order()
    deposit = factories.make_deposit(amount=75_000)

    of_order = factories.make_payment(order=order)
    of_deposit = factories.make_payment(deposit=deposit)

    assert (of_order.order, of_order.deposit) == (order, None)
    assert of_order.amount == order.total
    assert (of_deposit.order, of_deposit.deposit) == (None, deposit)
    assert of_deposit.amount == 75_000
