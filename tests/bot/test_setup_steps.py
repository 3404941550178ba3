"""The steps of a new store count what buyers can use, and nothing else."""

import pytest

from bot.setup_steps import Step, read_progress
from catalog.models import Product
from inventory.models import StockItem
from payments.models import PaymentMethod
from payments.services.ledger import wallets
from tests.conftest import NOON
from tests.factories import (
    make_gateway_method,
    make_product,
    make_transfer_method,
)


def done():
    return read_progress().done & {Step.PRODUCT, Step.STOCK, Step.METHOD}


def test_a_product_with_codes_and_an_account_are_three_steps(in_arcadia):
    make_product(codes=1)
    make_transfer_method()

    assert done() == {Step.PRODUCT, Step.STOCK, Step.METHOD}


def test_a_top_up_that_nothing_sells_is_neither_product_nor_stock(in_arcadia):
    make_product(kind="topup")

    assert done() == set()


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"archived_at": "2026-03-14T05:00Z"}]
)
def test_what_is_not_for_sale_does_not_count(in_arcadia, change):
    make_product(codes=1)
    Product.objects.update(**change)

    assert done() == set()


@pytest.mark.parametrize("status", ["void", "quarantined"])
def test_codes_that_nobody_can_get_are_no_stock(in_arcadia, status):
    make_product(codes=1)
    StockItem.objects.update(status=status)

    assert done() == {Step.PRODUCT}


@pytest.mark.parametrize("status", ["held", "sold"])
def test_a_store_that_sold_its_last_code_is_not_new_again(in_arcadia, status):
    make_product(codes=1)
    StockItem.objects.update(
        status=status, holder="0190a1b2-0000-7000-8000-00000000000a"
    )

    assert done() == {Step.PRODUCT, Step.STOCK}


def test_a_balance_is_no_way_to_pay(in_arcadia):
    wallets.balance_method(now=NOON)

    assert PaymentMethod.objects.filter(is_active=True).exists()
    assert done() == set()


def test_a_method_in_test_mode_counts_only_where_everything_is_play(
    in_arcadia, settings
):
    make_gateway_method()
    assert done() == {Step.METHOD}

    settings.IS_SIMULATED = False

    assert done() == set()
