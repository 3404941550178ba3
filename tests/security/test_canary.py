"""A code for sale is readable nowhere but in its buyer's hands."""

import logging
from urllib.parse import quote

import pytest
from django.db import connection

from inventory.services import imports, stock
from payments.services.incoming import charges, settlement
from payments.services.orders import checkout, completion, delivery
from payments.services.orders.quote import Item
from ppob.local import paths
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_member,
    make_product,
    make_transfer_method,
)

CODE = "CANARY-4F7Q-99XK"
SPELLINGS = (CODE, CODE.encode().hex(), quote(CODE + "!").removesuffix("%21"))


def sell(code, jobs):
    """One code goes the whole way; what its buyer sees at the end."""
    seller, customer = make_member(), make_customer()
    product = make_product(name="Netflix")
    imports.add_codes(actor=seller, product=product, text=f"{code}\n", now=NOON)
    order = checkout.place_order(
        customer=customer, items=[Item(product.pk)], request_key="click", now=NOON
    )
    payment = charges.choose_method(
        order_id=order.pk, method_id=make_transfer_method().public_id, now=NOON
    )
    settlement.confirm_transfer(actor=seller, payment=payment, now=NOON)
    asked_for = list(jobs.waiting)
    jobs.run()
    shown = delivery.reveal_codes(customer=customer, order_id=order.pk, now=NOON)
    completion.leave_review(
        customer=customer, order_id=order.pk, stars=5, text="thanks", now=NOON
    )
    with pytest.raises(stock.OutOfStock):
        checkout.place_order(
            customer=customer, items=[Item(product.pk)], request_key="again", now=NOON
        )
    again = imports.add_codes(
        actor=seller, product=product, text=f"{code}\nOTHER", now=NOON
    )
    return shown, [shown, asked_for, again, payment, order]


def dump(superuser):
    """Every value of every column of every table, as text."""
    tables = superuser.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ).fetchall()
    for (table,) in tables:
        for (row,) in superuser.execute(f'SELECT t::text FROM "{table}" t'):
            yield table, row


def found_in(text):
    return [spelling for spelling in SPELLINGS if spelling in text]


@pytest.fixture
def sale(in_arcadia, jobs, caplog):
    caplog.set_level(logging.DEBUG)
    connection.force_debug_cursor = True
    try:
        [shown], others = sell(CODE, jobs)
        statements = [query["sql"] for query in connection.queries]
    finally:
        connection.force_debug_cursor = False
    lines = [record.getMessage() for record in caplog.records]
    return shown, others, statements, lines


def test_the_buyer_reads_the_code(sale):
    shown, *_rest = sale

    assert shown.code == CODE


def test_no_column_of_any_table_has_it(sale, superuser):
    rows = list(dump(superuser))

    assert {table for table, _row in rows} > {"inventory_stockitem", "payments_order"}
    assert [table for table, row in rows if found_in(row)] == []


def test_the_dump_would_find_it(in_arcadia, superuser):
    make_product(name="Netflix", description=CODE)

    assert [table for table, row in dump(superuser) if found_in(row)] == [
        "catalog_product"
    ]


def test_no_statement_carried_it(sale):
    _shown, _others, statements, _lines = sale

    assert len(statements) > 50
    assert [sql for sql in statements if found_in(sql)] == []


def test_no_log_line_job_or_text_form_has_it(sale):
    _shown, others, _statements, lines = sale

    assert len(lines) > 50
    assert [line for line in lines if found_in(line)] == []
    assert not found_in(repr(others))


def test_the_servers_log_does_not_have_it(sale):
    log = (paths.data_dir() / "logs" / "postgres.log").read_text(errors="replace")

    assert not found_in(log)
