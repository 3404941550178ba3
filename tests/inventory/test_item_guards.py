"""What the database refuses by itself about codes that were set aside."""

import pytest
from django.db import IntegrityError, connection

from inventory.models import StockItem
from tests.factories import make_member, make_product
from tests.inventory.test_withdrawals import quarantine, withdraw


@pytest.fixture
def product(in_arcadia):
    return make_product(codes=2)


@pytest.fixture
def seller(in_arcadia):
    return make_member()


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("status", ["free", "held", "sold", "quarantined"])
def test_what_was_taken_out_never_comes_back(seller, product, status):
    items = list(StockItem.objects.filter(product=product))
    withdraw(seller, product, items[:1])

    with pytest.raises(IntegrityError, match="void cannot become"):
        run(
            "UPDATE inventory_stockitem SET status = %s, aside_at = NULL,"
            " aside_reason = '', holder = gen_random_uuid() WHERE id = %s",
            status,
            items[0].pk,
        )


@pytest.mark.parametrize("status", ["held", "sold"])
def test_what_is_in_quarantine_is_put_back_before_it_is_sold(seller, product, status):
    items = list(StockItem.objects.filter(product=product))
    quarantine(seller, product, items[:1])

    with pytest.raises(IntegrityError, match="quarantined cannot become"):
        run(
            "UPDATE inventory_stockitem SET status = %s, aside_at = NULL,"
            " aside_reason = '', holder = gen_random_uuid() WHERE id = %s",
            status,
            items[0].pk,
        )


def test_a_code_for_sale_was_not_set_aside(product):
    with pytest.raises(IntegrityError, match="item_aside_fits_status"):
        run("UPDATE inventory_stockitem SET aside_at = now()")


def test_a_batch_has_codes(product):
    with pytest.raises(IntegrityError, match="batch_has_codes"):
        run("UPDATE inventory_stockbatch SET added = 0")


def test_an_indexed_code_has_its_index(product):
    with pytest.raises(IntegrityError, match="item_has_index"):
        run("UPDATE inventory_stockitem SET code_hash = ''")
