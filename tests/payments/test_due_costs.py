"""What is due is found by an index, however much is not due."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from inventory import cross_tenant as inventory_across
from inventory.models import StockMovement
from payments import cross_tenant, figures, selectors, tasks
from payments.models import Payment
from payments.states import PaymentStatus
from ppob.kit.scope import tenant_scope
from tests.conftest import NOON
from tests.factories import (
    CustomerFactory,
    OrderFactory,
    make_customer,
    make_order,
    make_payment,
    make_product,
    make_tenant,
)

MANY, FAR = 5_000, 10**9


@pytest.fixture
def plans(superuser):
    """The plans of the statements inside, as the program's own role runs them."""

    @contextmanager
    def record(alias="default"):
        found = []
        with CaptureQueriesContext(connections[alias]) as captured:
            yield found
        asked = [query["sql"] for query in captured.captured_queries]
        with connections[alias].cursor() as cursor:
            for question in asked:
                if question.startswith("SELECT"):
                    cursor.execute(f"EXPLAIN {question}")
                    found.append("\n".join(line for (line,) in cursor.fetchall()))

    return record


@pytest.fixture
def forced(db):
    """Plans on a few rows as on many: an index wherever one can serve."""
    for alias in ("default", "platform"):
        connections[alias].cursor().execute("SET enable_seqscan = off")
    yield
    for alias in ("default", "platform"):
        connections[alias].cursor().execute("RESET enable_seqscan")


@pytest.fixture
def copied(superuser):
    """Thousands of copies of a row, with these columns changed (SQL, of number n)."""

    def copy(row, **changes):
        table = row._meta.db_table
        changes = {"id": f"{FAR} + n", "public_id": "gen_random_uuid()"} | changes
        columns = [f.column for f in row._meta.concrete_fields if not f.generated]
        values = ", ".join(changes.get(column, column) for column in columns)
        superuser.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
            f" FROM {table}, generate_series(1, {MANY}) n WHERE id = {row.pk}"
        )
        superuser.execute(f"ANALYZE {table}")

    return copy


@pytest.fixture
def many_orders(in_arcadia, copied):
    """Thousands of old orders, each of a buyer of its own."""
    order = OrderFactory(customer=make_customer("zulu"))
    copied(order.customer, username="'z' || n", discord_id="n")
    long_ago = "created_at - interval '30 days'"
    copied(
        order,
        customer_id=f"{FAR} + n",
        code="'Z' || n",
        request_key="'z' || n",
        created_at=long_ago,
        paid_at=long_ago,
        status="'completed'",
    )
    return order


def test_todays_figures_read_today_alone(many_orders, plans):
    with plans() as found:
        assert figures.count_orders_since(NOON) == 1
        assert figures.income_since(NOON) == 0

    counted, summed = found
    assert "order_placed_at" in counted
    assert "order_paid_at" in summed


def test_a_buyers_name_is_looked_up_behind_the_policies(many_orders, plans, forced):
    found_order = make_order(customer=make_customer("Budi"))
    with plans() as found:
        assert selectors.order_page(search="bud") == [found_order]

    assert "customer_by_name" in "\n".join(found)
    assert "Seq Scan on payments_order" not in "\n".join(found)


def test_what_is_looked_for_is_found_as_before(in_arcadia, borealis):
    with tenant_scope(borealis.pk):
        make_order(customer=make_customer("ayu"))
    ayu, other = make_customer("Ayu_%"), make_customer("bima")
    orders = [make_order(customer=each) for each in (ayu, other, ayu)]

    assert selectors.order_page(search="ayu") == [orders[2], orders[0]]
    assert selectors.order_page(search="AYU_%") == [orders[2], orders[0]]
    assert selectors.order_page(search="ayu%") == []
    assert selectors.order_page(search=f"#{orders[1].code.lower()}") == [orders[1]]
    assert selectors.order_page(search="ayu", limit=1) == [orders[2]]
    assert selectors.order_page(search="ayu", before=orders[2].pk) == [orders[0]]
    assert selectors.order_page(search="a", status="paid") == []


def test_a_beginning_that_many_share_is_found_too(in_arcadia, monkeypatch):
    monkeypatch.setattr(selectors, "FEW_BUYERS", 2)
    orders = [
        make_order(customer=CustomerFactory(username=f"sari{number}"))
        for number in range(4)
    ]
    make_order(customer=make_customer("dewi"))

    assert selectors.order_page(search="SARI") == orders[::-1]


def test_only_stores_with_an_amount_to_release_are_visited(in_arcadia, monkeypatch):
    payment = make_payment(
        status=PaymentStatus.EXPIRED, reserves_amount=True, expires_at=NOON
    )
    for number in range(5):
        with tenant_scope(make_tenant(f"quiet-{number}").pk):
            make_payment(reserves_amount=True, expires_at=NOON)  # still open
    after = NOON + timedelta(days=2)
    monkeypatch.setattr("ppob.kit.clock.now", lambda: after)

    assert cross_tenant.stores_to_release(before=NOON) == []
    assert cross_tenant.stores_to_release(before=after) == [in_arcadia.pk]
    tasks.release_amounts()

    payment.refresh_from_db()
    assert not payment.reserves_amount
    assert Payment.across_tenants.filter(reserves_amount=True).count() == 5
    assert cross_tenant.stores_to_release(before=after) == []


def test_gateways_are_asked_about_what_is_open_alone(in_arcadia, plans, copied):
    payment = make_payment()
    copied(payment, reference="'old' || n", status="'settled'", gateway_reference="''")
    with plans("platform") as found:
        cross_tenant.due_checks(
            open_before=NOON, ended_before=NOON, ended_after=NOON - timedelta(days=1)
        )

    asked, ended, never = found
    # Any index of open payments alone will do: the planner's choice among few.
    of_open = (
        "payment_to_check",
        "payment_one_open_per_order",
        "payment_one_open_per_deposit",
    )
    assert any(index in asked for index in of_open)
    assert "payment_ended_lately" in ended
    assert any(index in never for index in of_open)


def test_products_that_moved_are_found_by_their_time(in_arcadia, plans, copied):
    product = make_product(codes=1)
    copied(product, sku="'old' || n", updated_at="'2020-01-01'")
    movement = StockMovement.objects.get()
    copied(movement, at="'2020-01-01'")
    with plans("platform") as found:
        due = inventory_across.products_moved_since(NOON - timedelta(days=1))

    moved, _products, edited = found
    assert due == [(in_arcadia.pk, product.pk)]
    assert "movement_lately" in moved
    assert "product_edited_lately" in edited
