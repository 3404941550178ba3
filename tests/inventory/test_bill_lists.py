"""Lists of bills: read beside the goods, and sold for a fee."""

from datetime import time, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from catalog.models import Category, Product
from catalog.states import ProductKind
from inventory import tasks
from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import (
    price_sync,
    purchase_routes,
    serving,
    supplier_products,
)
from inventory.services.price_sync import PriceDiff
from inventory.services.supplier_products import ImportDraft
from ppob.kit import jobs as kit_jobs
from ppob.kit.errors import InvalidInput
from ppob.kit.scope import no_tenant_scope
from tests.factories import make_member
from tests.inventory.billing import DIGIFLAZZ, FEE, IAK, BillShop, make_bill
from tests.inventory.suppliers import make_topup

SECOND, MINUTE, HOUR = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
)


@pytest.fixture
def shop(monkeypatch, jobs, in_arcadia):
    return BillShop(monkeypatch, jobs, DIGIFLAZZ)


@pytest.fixture
def listed(shop, monkeypatch):
    """The lists of the simulated supplier, as its own adapter reads them."""
    line = shop.line
    prepaid = line.answer

    def answer(path, content):
        if path == "/price-list":
            return {"data": shop.engine.price_list(content)}
        return prepaid(path, content)

    line.answer = answer
    SupplierProduct.objects.all().delete()
    return shop.account


@pytest.fixture
def owner(in_arcadia):
    return make_member()


def read_bills(shop):
    return price_sync.sync_bills(account_id=shop.account.pk, now=shop.now)


def test_bills_are_listed_with_what_they_say_about_fees(shop, listed):
    assert read_bills(shop) == PriceDiff(lines=5, new=5)

    pln = SupplierProduct.objects.get(sku="pln")
    assert (pln.is_bill, pln.cost, pln.admin, pln.commission) == (True, 0, 2_500, 1_000)
    assert (pln.name, pln.brand) == ("PLN Pascabayar", "PLN PASCABAYAR")
    # PLN takes nothing at night, whoever passes it on.
    assert (pln.closed_from, pln.closed_until) == (time(23, 0), time(1, 0))
    pdam = SupplierProduct.objects.get(sku="pdam")
    assert (pdam.closed_from, pdam.closed_until) == (None, None)


def test_the_two_lists_know_nothing_of_each_other(shop, listed):
    read_bills(shop)
    shop.now += HOUR

    price_sync.sync_prices(account_id=listed.pk, now=shop.now)
    shop.now += HOUR
    read_bills(shop)

    available = SupplierProduct.objects.filter(is_available=True)
    assert available.filter(is_bill=True).count() == 5
    assert available.filter(is_bill=False).count() == 6


def test_what_is_listed_as_goods_never_becomes_a_bill(shop, listed):
    SupplierProduct.objects.create(
        account=listed, sku="pln", name="Goods", cost=5_000, updated_at=shop.now
    )

    read_bills(shop)

    kept = SupplierProduct.objects.get(sku="pln")
    assert (kept.is_bill, kept.name, kept.cost) == (False, "Goods", 5_000)


def test_an_account_without_bills_goes_on_with_its_prices(shop, listed):
    shop.troubles = ["lost"]

    assert read_bills(shop) is None

    assert SupplierAccount.objects.get().bills_at == shop.now


def test_a_list_of_bills_takes_a_turn_of_the_goods_once_an_hour(shop, listed, jobs):
    def asked():
        jobs.waiting.clear()
        kit_jobs._asked_for.clear()
        with no_tenant_scope():
            tasks.sync_all_prices()
        return [name for name, _arguments in jobs.waiting]

    assert asked() == ["inventory.sync_prices"]
    SupplierAccount.objects.update(prices_at=shop.now)
    assert asked() == ["inventory.sync_bills"]
    read_bills(shop)
    assert asked() == ["inventory.sync_prices"]
    shop.now += HOUR
    assert asked() == ["inventory.sync_bills"]


def test_suppliers_give_one_list_in_five_minutes_whichever_it_is(shop, listed):
    def turn(job):
        with no_tenant_scope():
            job(tenant_id=listed.tenant_id, account_id=listed.pk)
        listed.refresh_from_db()
        return listed.prices_at, listed.bills_at

    started = shop.now
    assert turn(tasks.sync_prices) == (started, None)
    shop.now += MINUTE * 5 - SECOND
    assert turn(tasks.sync_bills) == (started, None)
    shop.now += SECOND
    bills_at = shop.now
    assert turn(tasks.sync_bills) == (started, bills_at)
    shop.now += MINUTE * 5 - SECOND
    assert turn(tasks.sync_prices) == (started, bills_at)
    shop.now += SECOND
    # The timer and the account's own turn asked for it twice: nothing is read again.
    assert turn(tasks.sync_bills) == (started, bills_at)
    assert turn(tasks.sync_prices) == (shop.now, bills_at)


def test_the_command_reads_bills_on_request(shop, listed):
    def run(*arguments):
        out = StringIO()
        with no_tenant_scope():
            call_command("sync_prices", "--bills", *arguments, stdout=out)
        return out.getvalue()

    assert "5 lines, 5 new" in run("--dry-run")
    assert not SupplierProduct.objects.exists()
    shop.now += MINUTE * 5

    assert "5 lines, 5 new" in run()

    listed.refresh_from_db()
    assert (SupplierProduct.objects.count(), listed.bills_at) == (5, shop.now)


def test_iak_lists_its_bills(monkeypatch, jobs, in_arcadia):
    shop = BillShop(monkeypatch, jobs, IAK)
    SupplierProduct.objects.all().delete()

    assert read_bills(shop) == PriceDiff(lines=1, new=1)

    line = SupplierProduct.objects.get()
    assert (line.sku, line.admin, line.commission) == ("PLNPOSTPAID", 2_500, 600)
    assert line.closed_from == time(23, 0)


# --- Sold -----------------------------------------------------------------------------


def test_ticked_bills_become_products_whose_price_is_the_fee(shop, listed, owner):
    read_bills(shop)
    lines = SupplierProduct.objects.filter(sku__in=["pln", "pdam"])
    draft = ImportDraft([each.pk for each in lines], Decimal(8), fee=3_000)

    sold = supplier_products.import_products(actor=owner, draft=draft, now=shop.now)

    assert {(each.kind, each.price, each.cost) for each in sold} == {("bill", 3_000, 0)}
    codes = set(Category.objects.values_list("code", flat=True))
    assert {"BILLPLN", "BILLPDAM"} <= codes
    product = Product.objects.get(name="PLN Pascabayar")
    assert serving.serving_of([product], now=shop.now)[product.pk].is_possible
    assert shop.ask(product=product).billed == 11_000


def test_bills_without_a_fee_are_not_sold(shop, listed, owner):
    read_bills(shop)
    line = SupplierProduct.objects.get(sku="pln")

    with pytest.raises(InvalidInput) as refusal:
        supplier_products.import_products(
            actor=owner, draft=ImportDraft([line.pk], Decimal(8)), now=shop.now
        )

    assert refusal.value.field == "fee"
    assert not Product.objects.filter(name="PLN Pascabayar").exists()


@pytest.mark.parametrize("fee", [0, -1, 10**10])
def test_a_fee_is_an_amount(shop, listed, owner, fee):
    with pytest.raises(InvalidInput) as refusal:
        supplier_products.import_products(
            actor=owner, draft=ImportDraft([1], Decimal(8), fee=fee), now=shop.now
        )

    assert refusal.value.field == "fee"


@pytest.mark.parametrize(("is_bill", "make"), [(True, make_topup), (False, make_bill)])
def test_bills_and_goods_are_not_mapped_to_each_other(shop, owner, is_bill, make):
    option = SupplierProduct.objects.get()
    SupplierProduct.objects.update(is_bill=is_bill, product=None)
    option.refresh_from_db()

    with pytest.raises(InvalidInput) as refusal:
        supplier_products.map_product(
            actor=owner, option=option, product=make(), now=shop.now
        )

    assert refusal.value.field == "product"
    option.refresh_from_db()
    assert option.product is None


def test_a_bill_can_be_mapped_to_a_bill(shop, owner):
    option = SupplierProduct.objects.get()
    other = make_bill(price=FEE)

    supplier_products.map_product(
        actor=owner, option=option, product=other, now=shop.now
    )

    option.refresh_from_db()
    assert (option.product, option.product.kind) == (other, ProductKind.BILL)


def test_a_line_for_bills_sells_no_top_up(shop):
    top_up = make_topup()
    SupplierProduct.objects.update(product=top_up, cost=1)

    options = purchase_routes.options_for(top_up.pk, ceiling=10_000)

    assert list(options) == []
