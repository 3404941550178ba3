"""The wall in the code holds alone: the managers, without any help of the database."""

from contextlib import contextmanager

import pytest
from django.db import connections
from django.db.models import Count

from catalog.models import Product
from inventory.models import StockItem
from payments.models import Order
from ppob.kit.scope import (
    NoTenantScope,
    WrongTenantScope,
    find_tenant_id,
    no_tenant_scope,
    tenant_scope,
)
from ppob.kit.tenant_rows import TenantManager, assign_tenant
from ppob.local import paths
from tests.factories import make_customer, make_order, make_product
from tests.rows import TENANT_MODELS, insert, row_of

USES = {
    "iterate": lambda rows: list(rows.all()),
    "get": lambda rows: rows.get(pk=1),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "aggregate": lambda rows: rows.aggregate(Count("pk")),
    "update": lambda rows: rows.update(pk=1),
    "delete": lambda rows: rows.all().delete(),
    "create": lambda rows: rows.create(),
    "bulk_create": lambda rows: rows.bulk_create([rows.model()]),
    "in_bulk": lambda rows: rows.in_bulk([1]),
    "first": lambda rows: rows.first(),
    "values": lambda rows: list(rows.values("pk")),
    "get_or_create": lambda rows: rows.get_or_create(pk=1),
    "update_or_create": lambda rows: rows.update_or_create(pk=1),
    "bulk_update": lambda rows: rows.bulk_update([rows.model(pk=1)], ["tenant_id"]),
    "iterator": lambda rows: list(rows.iterator()),
    "raw filter": lambda rows: list(rows.filter(pk=1)[:1]),
    "none": lambda rows: list(rows.none()),
}


@pytest.fixture
def without_row_security(in_arcadia):
    """The app's connection belongs to the superuser: no policy binds it."""
    with _as_superuser():
        yield


@contextmanager
def _as_superuser():
    usual = connections["default"]
    usual.close()
    other = connections.create_connection("default")
    other.settings_dict = {
        **other.settings_dict,
        "USER": paths.POSTGRES_SUPERUSER,
        "OPTIONS": {**other.settings_dict["OPTIONS"], "pool": None},
    }
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual


@pytest.mark.parametrize("use", USES)
def test_without_a_scope_every_use_of_every_model_is_refused(db, use):
    for model in TENANT_MODELS:
        with pytest.raises(NoTenantScope):
            USES[use](model.objects)


def test_every_model_of_a_store_has_the_manager_that_refuses():
    for model in TENANT_MODELS:
        assert isinstance(model._default_manager, TenantManager)
        assert isinstance(model._base_manager, TenantManager)
        assert {manager.name for manager in model._meta.managers} == {
            "objects",
            "across_tenants",
        }


def test_saving_a_row_without_a_scope_is_refused(in_arcadia):
    product = make_product()

    with no_tenant_scope():
        for write in (product.save, product.delete, product.refresh_from_db):
            with pytest.raises(NoTenantScope):
                write()

    assert Product.objects.get().pk == product.pk


def test_relatives_are_looked_for_in_the_scope_only(in_arcadia):
    order = make_order()
    order = Order.objects.get(pk=order.pk)

    with no_tenant_scope():
        with pytest.raises(NoTenantScope):
            list(order.lines.all())
        with pytest.raises(NoTenantScope):
            order.customer  # noqa: B018 - reading it queries

    assert order.lines.count() == 1


def test_rows_of_one_store_are_invisible_to_the_other(in_arcadia, borealis, superuser):
    rows = {
        model: _plant(superuser, model, tenant_id=in_arcadia.pk)
        for model in TENANT_MODELS
    }

    for model, row in rows.items():
        assert model.objects.filter(pk=row).exists(), model
        with tenant_scope(borealis.pk):
            assert not model.objects.filter(pk=row).exists(), model


def test_the_managers_alone_hide_them_as_well(
    in_arcadia, borealis, superuser, without_row_security
):
    for model in TENANT_MODELS:
        row = _plant(superuser, model, tenant_id=in_arcadia.pk)

        assert model.objects.filter(pk=row).exists(), model
        with tenant_scope(borealis.pk):
            assert not model.objects.filter(pk=row).exists(), model


def test_a_new_row_belongs_to_the_store_in_scope(in_arcadia, borealis):
    for model in TENANT_MODELS:
        ours, theirs = model(), row_of(model, tenant_id=borealis.pk)
        assign_tenant(ours)

        assert ours.tenant_id == in_arcadia.pk
        with pytest.raises(WrongTenantScope):
            theirs.save()
        with pytest.raises(WrongTenantScope):
            model.objects.bulk_create([theirs])


@pytest.mark.usefixtures("without_row_security")
class TestWithoutRowLevelSecurity:
    @pytest.fixture
    def theirs(self, borealis):
        with tenant_scope(borealis.pk):
            return make_product(name="theirs", price=1_000)

    def test_the_policies_are_really_off(self, theirs):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT current_user, count(*) FROM catalog_product")
            assert cursor.fetchone() == ("postgres", 1)

    def test_reading_still_finds_nothing(self, theirs):
        assert not Product.objects.exists()
        assert Product.objects.in_bulk([theirs.pk]) == {}
        with pytest.raises(Product.DoesNotExist):
            Product.objects.get(pk=theirs.pk)

    def test_changing_still_changes_nothing(self, theirs):
        assert Product.objects.filter(pk=theirs.pk).update(price=1) == 0
        assert Product.objects.all().delete() == (0, {})
        theirs.price = 1
        for write in (theirs.save, theirs.delete):
            with pytest.raises(WrongTenantScope):
                write()
        with pytest.raises(Product.DoesNotExist):
            theirs.refresh_from_db()

        with tenant_scope(theirs.tenant_id):
            assert Product.objects.get().price == 1_000

    def test_a_row_of_ours_cannot_be_given_away(self, theirs):
        mine = make_product()
        mine.tenant_id = theirs.tenant_id

        with pytest.raises(WrongTenantScope):
            mine.save()

    def test_joins_and_subqueries_stay_inside(self, theirs, borealis):
        with tenant_scope(borealis.pk):
            make_order(make_product(codes=1), customer=make_customer("cita"))

        assert not Order.objects.filter(customer__username="cita").exists()
        products = Product.objects.values("pk")
        assert not StockItem.objects.filter(product__in=products).exists()


def test_the_platform_sees_all_stores_and_whom_their_rows_name(in_arcadia, borealis):
    make_order()
    with tenant_scope(borealis.pk):
        make_order()

    with no_tenant_scope():
        orders = Order.across_tenants.order_by("pk")
        buyers = {order.customer.tenant_id for order in orders}

        assert buyers == {in_arcadia.pk, borealis.pk}
    assert Order.objects.count() == 1


def test_a_scope_ends_where_it_was_opened(arcadia, borealis):
    with tenant_scope(arcadia.pk):
        with pytest.raises(RuntimeError, match="inside"), tenant_scope(borealis.pk):
            raise RuntimeError("inside")
        assert find_tenant_id() == arcadia.pk

    assert find_tenant_id() is None


def _plant(superuser, model, *, tenant_id):
    """Add a row of any table, without its relatives; the row's id."""
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        return insert(superuser, model, tenant_id=tenant_id)
