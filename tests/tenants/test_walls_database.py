"""The wall in the database holds alone: plain SQL, no manager, no filter."""

import psycopg
import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    transaction,
)

from ppob.kit import scope
from ppob.kit.scope import WrongTenantScope, no_tenant_scope, tenant_scope
from ppob.local import paths
from tests.conftest import NOON
from tests.factories import make_customer, make_order, make_product, make_tenant


def run(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.fixture
def product(in_arcadia):
    return make_product(codes=2)


@pytest.fixture
def in_borealis(product, borealis):
    """The other store's scope; the product is not its own."""
    with tenant_scope(borealis.pk):
        yield borealis


def test_another_stores_rows_cannot_be_read(product, in_borealis):
    assert run("SELECT * FROM catalog_product") == []
    assert run("SELECT * FROM catalog_product WHERE id = %s", product.pk) == []
    assert run("SELECT count(*) FROM inventory_stockitem") == [(0,)]
    assert run("SELECT id FROM tenants_tenant") == [(in_borealis.pk,)]


def test_another_stores_rows_cannot_be_changed(product, in_borealis, superuser):
    assert run("UPDATE catalog_product SET price = 1") == 0
    assert run("UPDATE tenants_tenant SET name = 'ours'") == 1

    names = superuser.execute("SELECT name FROM tenants_tenant ORDER BY slug")
    assert names.fetchall() == [("Arcadia",), ("ours",)]


def test_another_stores_rows_cannot_be_deleted(product, in_borealis, superuser):
    assert run("DELETE FROM inventory_stockitem") == 0
    assert run("DELETE FROM catalog_product WHERE id = %s", product.pk) == 0

    left = superuser.execute("SELECT count(*) FROM inventory_stockitem").fetchone()
    assert left == (2,)


def test_nothing_can_be_added_to_another_store(product, arcadia, in_borealis):
    with pytest.raises(DatabaseError, match="row-level security"):
        run(
            "INSERT INTO catalog_category (tenant_id, public_id, code, name, emoji,"
            " destination_fields, position)"
            " VALUES (%s, gen_random_uuid(), 'X', 'X', '', '[]', 0)",
            arcadia.pk,
        )


def test_a_row_cannot_be_moved_to_another_store(product, arcadia, borealis):
    with pytest.raises(DatabaseError, match="row-level security"):
        run("UPDATE catalog_product SET tenant_id = %s", borealis.pk)


def test_a_row_cannot_be_taken_over_on_conflict(product, arcadia, in_borealis):
    with pytest.raises(DatabaseError, match="row-level security"):
        run(
            "INSERT INTO catalog_product SELECT * FROM jsonb_populate_record("
            "NULL::catalog_product, %s) ON CONFLICT (id) DO UPDATE SET price = 1",
            psycopg.types.json.Jsonb(
                {
                    "id": product.pk,
                    "tenant_id": in_borealis.pk,
                    "public_id": str(product.public_id),
                    "kind": "code",
                    "sku": "X",
                    "name": "X",
                    "description": "",
                    "image": "",
                    "price": 1,
                    "cost": 0,
                    "minimum_stock": 1,
                    "is_active": True,
                    "is_visible": True,
                    "position": 0,
                    "changed": 1,
                    "created_at": NOON.isoformat(),
                    "updated_at": NOON.isoformat(),
                }
            ),
        )


def test_without_a_scope_there_is_nothing(product):
    with no_tenant_scope():
        rows = [
            run(f"SELECT count(*) FROM {table}")
            for table in ("catalog_product", "tenants_tenant", "inventory_stockitem")
        ]
        with transaction.atomic():
            inside = run("SELECT count(*) FROM catalog_product")

    assert rows == [[(0,)]] * 3
    assert inside == [(0,)]


def test_without_a_scope_nothing_can_be_written(product):
    with no_tenant_scope(), pytest.raises(DatabaseError, match="row-level security"):
        run(
            "INSERT INTO catalog_category (tenant_id, public_id, code, name, emoji,"
            " destination_fields, position)"
            " VALUES (%s, gen_random_uuid(), 'X', 'X', '', '[]', 0)",
            product.tenant_id,
        )


def test_a_connection_that_is_used_again_has_forgotten_the_store(product):
    for _ in range(3):
        with transaction.atomic():
            assert run("SELECT count(*) FROM catalog_product") == [(1,)]
        setting = connection.connection.execute(
            "SELECT current_setting('app.tenant_id', true)"
        ).fetchone()
        left = connection.connection.execute(
            "SELECT count(*) FROM catalog_product"
        ).fetchone()
        connection.close()  # back to the pool

        assert setting == ("",)
        assert left == (0,)


def test_a_failed_transaction_forgets_the_store_too(product):
    with pytest.raises(DatabaseError), transaction.atomic():
        run("SELECT 1 / 0")

    left = connection.connection.execute("SELECT count(*) FROM catalog_product")
    assert left.fetchone() == (0,)


def test_the_store_cannot_change_inside_a_transaction(product, borealis):
    with transaction.atomic():
        run("SELECT 1")
        with tenant_scope(borealis.pk), pytest.raises(WrongTenantScope):
            run("SELECT 1")
        with no_tenant_scope(), pytest.raises(WrongTenantScope):
            run("SELECT 1")

        assert run("SELECT count(*) FROM catalog_product") == [(1,)]


def test_a_scope_that_opens_inside_a_transaction_is_refused(arcadia):
    with (
        transaction.atomic(),
        tenant_scope(arcadia.pk),
        pytest.raises(WrongTenantScope),
    ):
        run("SELECT 1")


def test_savepoints_keep_the_store(product):
    with transaction.atomic():
        with pytest.raises(IntegrityError), transaction.atomic():
            run("UPDATE catalog_product SET price = 0")

        assert run("SELECT count(*) FROM catalog_product") == [(1,)]


def test_a_lost_connection_is_replaced_by_the_next_transaction(product, superuser):
    [(process,)] = run("SELECT pg_backend_pid()")
    superuser.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))

    with pytest.raises(OperationalError), transaction.atomic():
        run("SELECT 1")

    assert run("SELECT count(*) FROM catalog_product") == [(1,)]


def test_a_reference_to_another_stores_row_is_refused(product, in_borealis):
    customer = make_customer()

    with (
        pytest.raises(IntegrityError, match="_tenant_fk"),
        transaction.atomic(),
    ):
        run(
            "INSERT INTO inventory_hold (tenant_id, holder, product_id, quantity,"
            " status, expires_at, created_at) VALUES"
            " (%s, gen_random_uuid(), %s, 1, 'active', now(), now())",
            customer.tenant_id,
            product.pk,
        )


def test_an_order_cannot_get_another_stores_buyer(in_arcadia, borealis):
    order = make_order()
    with tenant_scope(borealis.pk):
        stranger = make_customer()

    with pytest.raises(IntegrityError, match="_tenant_fk"), transaction.atomic():
        run("UPDATE payments_order SET customer_id = %s", stranger.pk)

    order.refresh_from_db()
    assert order.customer_id != stranger.pk


def test_audit_entries_without_a_store_are_seen_by_the_platform_only(in_arcadia):
    with no_tenant_scope():
        run(
            "INSERT INTO security_auditentry (tenant_id, at, actor, action, object,"
            " data) VALUES (NULL, now(), 'job:x', 'y', 'z', '{}')"
        )

    assert run("SELECT * FROM security_auditentry") == []


def test_many_stores_at_once_each_see_only_themselves(db):
    stores = [make_tenant(f"store-{number}") for number in range(20)]
    for store in stores:
        with tenant_scope(store.pk):
            make_customer(f"buyer-{store.pk}")

    seen = {}
    for store in stores * 3:
        with tenant_scope(store.pk):
            seen.setdefault(store.pk, set()).update(
                name for (name,) in run("SELECT username FROM tenants_customer")
            )

    assert seen == {store.pk: {f"buyer-{store.pk}"} for store in stores}


def test_the_setting_lives_as_long_as_its_transaction(in_arcadia):
    dsn = paths.superuser_dsn(connection.settings_dict["NAME"])
    with psycopg.connect(dsn, autocommit=True) as raw:
        with raw.transaction():
            raw.execute(
                "SELECT set_config('app.tenant_id', %s, true)",
                (str(scope.get_tenant_id()),),
            )
            inside = raw.execute("SELECT current_setting('app.tenant_id', true)")
            assert inside.fetchone() == (str(in_arcadia.pk),)

        outside = raw.execute("SELECT current_setting('app.tenant_id', true)")
        assert outside.fetchone() == ("",)
