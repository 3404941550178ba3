"""The hot path of a sale takes few round trips; a new one has to be wanted."""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import BUCKETS
from payments.models import Order
from payments.services.incoming import charges
from payments.services.orders import checkout, delivery, expiry
from payments.services.orders.quote import Item
from tests.conftest import NOON
from tests.factories import make_customer, make_product, make_transfer_method
from tests.payments.acts import LATE, pending, tell


@contextmanager
def counting():
    """The statements that were sent, without BEGIN and COMMIT and what the bot adds."""
    statements = []
    connection.queries_log.clear()  # it keeps no more than 9,000
    with CaptureQueriesContext(connection) as captured:
        yield statements
    statements += [
        sql
        for sql in (query["sql"].strip() for query in captured.captured_queries)
        if sql not in ("BEGIN", "COMMIT") and " bot_" not in sql.replace('"', " ")
    ]


@pytest.fixture
def store(in_arcadia):
    """A store that has sold before, so that its accounts exist.

    Chance is left out: each bucket has codes.
    """
    product, method = make_product(codes=5 * BUCKETS), make_transfer_method()
    customer = make_customer()
    place(product, customer, method, number=0)
    payment = Order.objects.get().payments.get()
    tell(payment)
    delivery.deliver_order(order_id=payment.order_id, now=NOON)
    return product, customer, method


def place(product, customer, method=None, *, number=1):
    return checkout.place_order(
        customer=customer,
        items=[Item(product.pk)],
        request_key=f"click:{number}",
        method=method,
        now=NOON,
    )


def test_placing_an_order(store):
    product, customer, _method = store

    with counting() as statements:
        place(product, customer)

    # One of them asks for price rules.
    assert len(statements) == 6


def test_placing_an_order_with_its_payment(store):
    with counting() as statements:
        place(*store)

    assert len(statements) == 8


def test_choosing_a_method_afterwards(store):
    product, customer, method = store
    order = place(product, customer)

    with counting() as statements:
        charges.choose_method(order_id=order.pk, method_id=method.public_id, now=NOON)

    assert len(statements) == 11


def test_settling(store):
    payment = place(*store).payments.get()

    with counting() as statements:
        tell(payment)

    assert len(statements) == 9


def test_delivering(store):
    payment = place(*store).payments.get()
    tell(payment)

    with counting() as statements:
        delivery.deliver_order(order_id=payment.order_id, now=NOON)

    assert len(statements) == 8


def test_delivering_more_pieces_takes_no_more_statements(store):
    product, customer, method = store
    counted = []
    for number, quantity in enumerate((1, 4), start=1):
        order = checkout.place_order(
            customer=customer,
            items=[Item(product.pk, quantity=quantity)],
            request_key=f"click:{number}",
            method=method,
            now=NOON,
        )
        tell(order.payments.get())
        with counting() as statements:
            delivery.deliver_order(order_id=order.pk, now=NOON)
        counted.append(len(statements))

    assert counted[0] == counted[1]


def test_hearing_the_same_news_again(store):
    payment = place(*store).payments.get()
    tell(payment)

    with counting() as statements:
        tell(payment)

    assert len(statements) == 4


def test_a_whole_sale(store):
    with counting() as statements:
        payment = place(*store).payments.get()
        tell(payment)
        delivery.deliver_order(order_id=payment.order_id, now=NOON)

    own_question = 1  # for the payment, above
    assert len(statements) - own_question <= 25


def test_expiring(store):
    order = place(*store)

    with counting() as statements:
        expiry.expire_order(order_id=order.pk, now=LATE)

    assert len(statements) == 9


def test_revealing(store):
    payment = pending()
    tell(payment)
    delivery.deliver_order(order_id=payment.order_id, now=NOON)

    customer = payment.order.customer
    with counting() as statements:
        delivery.reveal_codes(customer=customer, order_id=payment.order_id, now=NOON)

    # One of them looks whether somebody was asked to tell this buyer.
    assert len(statements) == 5
