"""Fast reading and writing of single rows: the same answers as the managers give."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.models import OutgoingMessage
from bot.services import outbox
from payments.models import (
    Deposit,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    PaymentMethod,
)
from ppob.kit.db import OutsideTransaction, unit_of_work
from ppob.kit.rows import (
    find_pointed_at,
    find_row,
    find_rows,
    get_row,
    get_with,
    insert_rows,
    insert_with,
)
from ppob.kit.scope import NoTenantScope, WrongTenantScope, tenant_scope
from tenants.models import Customer
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_guild,
    make_order,
    make_payment,
    make_product,
)
from tests.isolation.walls import without_policies


def test_a_row_is_what_the_manager_gives(in_arcadia):
    order = make_order()

    found = get_row(Order, id=order.pk)

    known = Order.objects.get(pk=order.pk)
    assert vars(found) | {"_state": None} == vars(known) | {"_state": None}
    assert found == known
    assert (found._state.adding, found._state.db) == (False, "default")


def test_a_document_is_read_like_the_manager_reads_it(in_arcadia):
    with unit_of_work("test.write"):
        outbox.to_person(
            guild_id=make_guild().pk,
            recipient_id=7,
            kind="hello",
            payload={"order": 1, "words": ["a"]},
            dedupe_key="once",
            now=NOON,
        )

    assert get_row(OutgoingMessage, dedupe_key="once").payload == {
        "order": 1,
        "words": ["a"],
    }


def test_another_stores_row_does_not_exist(arcadia, borealis):
    with tenant_scope(borealis.pk):
        theirs = make_order()

    with tenant_scope(arcadia.pk):
        assert find_row(Order, id=theirs.pk) is None
        assert find_rows(OrderLine, order_id=theirs.pk) == []
        with pytest.raises(Order.DoesNotExist):
            get_row(Order, id=theirs.pk)


def test_plain_sql_names_the_store_where_no_policy_does(arcadia, borealis, superuser):
    with tenant_scope(borealis.pk):
        theirs = make_order()

    with without_policies(superuser), tenant_scope(arcadia.pk):
        assert find_row(Order, id=theirs.pk) is None


def test_a_row_is_found_by_one_that_points_at_it(in_arcadia):
    payment, other = make_payment(), make_payment()

    found = find_pointed_at(Order, Payment, "order_id", key=payment.pk)

    assert (found, found.code) == (payment.order, payment.order.code)
    assert found != other.order
    assert find_pointed_at(Deposit, Payment, "deposit_id", key=payment.pk) is None


def test_a_row_comes_with_the_one_it_refers_to(in_arcadia):
    method = make_gateway_method()
    payment = make_payment(method=method)

    with unit_of_work("test.get_with"):
        found = get_with(Payment, "method", PaymentMethod, key=payment.pk, lock=True)

    assert (found, found.method) == (payment, method)
    assert found.method.credentials.reveal() == method.credentials.reveal()
    with pytest.raises(Payment.DoesNotExist):
        get_with(Payment, "method", PaymentMethod, key=payment.pk + 1, lock=False)


def test_neither_leads_into_another_store(arcadia, borealis, superuser):
    with tenant_scope(borealis.pk):
        theirs = make_payment()

    with without_policies(superuser), tenant_scope(arcadia.pk):
        assert find_pointed_at(Order, Payment, "order_id", key=theirs.pk) is None
        with pytest.raises(Payment.DoesNotExist):
            get_with(Payment, "method", PaymentMethod, key=theirs.pk, lock=False)


def test_a_lock_wants_a_transaction(in_arcadia):
    payment = make_payment()

    with pytest.raises(OutsideTransaction):
        find_pointed_at(Order, Payment, "order_id", key=payment.pk, lock=True)
    with pytest.raises(OutsideTransaction):
        get_with(Payment, "method", PaymentMethod, key=payment.pk, lock=True)


def test_without_a_store_nothing_is_read(db):
    with pytest.raises(NoTenantScope):
        find_rows(Order)


def test_rows_come_in_order_of_their_keys(in_arcadia):
    product = make_product(codes=3)
    orders = [make_order(product) for _ in range(3)]

    assert find_rows(Order) == sorted(orders, key=lambda order: order.pk)
    with pytest.raises(Order.MultipleObjectsReturned):
        find_row(Order, status="awaiting_payment")


def test_a_column_that_is_not_there_is_a_mistake(in_arcadia):
    with pytest.raises(ValueError, match="no column"):
        find_row(Order, colour="red")


def test_a_lock_needs_a_transaction(in_arcadia):
    order = make_order()

    with pytest.raises(OutsideTransaction):
        find_row(Order, id=order.pk, lock=True)
    with unit_of_work("test.lock"):
        assert find_row(Order, id=order.pk, lock=True) == order


def test_rows_are_written_together_and_get_their_keys(in_arcadia):
    customers = [
        Customer(discord_id=number, username=f"b{number}", created_at=NOON)
        for number in (1, 2)
    ]

    insert_rows(customers)

    assert list(Customer.objects.order_by("discord_id")) == customers
    assert [row.tenant_id for row in customers] == [in_arcadia.pk] * 2


def test_a_row_and_those_that_point_at_it(in_arcadia):
    known = make_order()
    line = OrderLine.objects.get(order=known)
    order = Order(
        code="NEW",
        request_key="click:new",
        customer=known.customer,
        total=10_000,
        created_at=NOON,
        expires_at=NOON,
    )
    lines = [
        OrderLine(
            product_id=line.product_id,
            kind=line.kind,
            product_name=name,
            quantity=1,
            unit_price=5_000,
            unit_cost=0,
        )
        for name in ("one", "two")
    ]
    event = OrderEvent(target="awaiting_payment", actor="test", at=NOON)

    with unit_of_work("test.write"):
        insert_with(order, *lines, event, column="order_id")

    assert Order.objects.get(code="NEW").pk == order.pk
    assert list(order.lines.order_by("pk")) == lines
    assert OrderEvent.objects.get(order=order) == event


def test_nothing_is_written_for_another_store(arcadia, borealis):
    with tenant_scope(arcadia.pk):
        buyer = make_customer()
        order = make_order(customer=buyer)
    row = Customer(tenant=borealis, discord_id=9, username="b", created_at=NOON)

    with tenant_scope(arcadia.pk):
        with pytest.raises(WrongTenantScope):
            insert_rows([row])
        event = OrderEvent(tenant_id=borealis.pk, actor="x", at=NOON)
        fresh = Order(customer=buyer, created_at=NOON, expires_at=NOON)
        with pytest.raises(WrongTenantScope):
            insert_with(fresh, event, column="order_id")
        assert find_rows(Order) == [order]


def test_the_server_plans_a_repeated_read_once(in_arcadia):
    order = make_order()

    with unit_of_work("test.read"):
        for _ in range(6):  # the first five go without
            get_row(Order, id=order.pk)
        before = planned_reads()
        for _ in range(8):
            get_row(Order, id=order.pk)

        assert planned_reads() == before + 8


def test_a_planned_statement_still_minds_the_store(arcadia, borealis):
    orders = {}
    for tenant in (arcadia, borealis):
        with tenant_scope(tenant.pk):
            orders[tenant.pk] = make_order().pk

    for _ in range(8):
        for tenant, other in ((arcadia, borealis), (borealis, arcadia)):
            with tenant_scope(tenant.pk):
                assert find_row(Order, id=orders[tenant.pk]) is not None
                assert find_row(Order, id=orders[other.pk]) is None


def test_a_query_log_shows_the_values_of_a_planned_statement(in_arcadia):
    order = make_order()

    with CaptureQueriesContext(connection) as captured:
        get_row(Order, id=order.pk)

    sent = [query["sql"] for query in captured.captured_queries]
    assert any(f"FROM payments_order WHERE id = {order.pk} AND" in sql for sql in sent)


def planned_reads() -> int:
    """How often this connection has read orders by a lasting plan."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements"
            " WHERE statement LIKE 'SELECT % FROM payments_order WHERE id = $1%'"
        )
        (count,) = cursor.fetchone()
    return int(count)
