"""Bills on pages: sold for a fee by the seller, and read again by the buyer."""

import pytest
from django.test import Client

from catalog.models import Product
from inventory.models import BillInquiry, Purchase, SupplierProduct
from inventory.services import price_sync
from inventory.suppliers import registry
from inventory.suppliers.digiflazz.simulator.tariffs import LINES
from payments import purchase_links
from payments.services.orders import checkout
from payments.services.orders.quote import Item
from tests.dashboard.conftest import text_of
from tests.dashboard.test_refund_pages import form_of
from tests.factories import make_user
from tests.inventory.billing import DIGIFLAZZ, IAK, BillShop
from tests.payments.acts import open_transfer, pending, tell


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def shop(monkeypatch, jobs, in_arcadia):
    shop = BillShop(monkeypatch, jobs, DIGIFLAZZ)
    paying = shop.line.answer

    def answer(path, content):
        if path == "/price-list":
            return {"data": shop.engine.price_list(content)}
        return paying(path, content)

    shop.line.answer = answer
    return shop


@pytest.fixture
def listed(owner, shop):
    SupplierProduct.objects.all().delete()
    price_sync.sync_bills(account_id=shop.account.pk, now=shop.now)
    return f"/toko/arcadia/pemasok/{shop.account.public_id}/"


def test_a_list_says_what_is_a_bill_and_its_fees(english, listed):
    words = text_of(english.get(listed))

    assert "PLN Pascabayar" in words
    assert "admin Rp 2.500" in words
    assert "commission Rp 1.000" in words


def test_the_numbers_to_try_out_are_those_that_a_simulator_pays():
    numbers = {line.sku: line.numbers[0] for line in LINES}

    assert registry.spec_of("digiflazz").trial_numbers == numbers
    assert registry.spec_of("iak").trial_numbers == {IAK.sku: IAK.numbers.paid}


def test_a_line_says_why_its_bill_cannot_be_sold(english, listed, shop):
    SupplierProduct.objects.filter(sku="pdam").update(brand="E-MONEY", name="Dompet")
    line = SupplierProduct.objects.get(sku="pdam")

    page = english.get(listed)

    words = text_of(page)
    assert "Cannot be sold" in words
    assert "It needs an amount that the buyer chooses." in words
    content = page.content.decode()
    assert f'value="{line.pk}"' not in content
    assert str(line.public_id) not in content  # no way to choose a product for it
    fine = SupplierProduct.objects.get(sku="pln")
    assert f'value="{fine.pk}"' in content
    assert str(fine.public_id) in content

    form = {"goods": [line.pk], "percent": "8", "fee": "3000"}
    told = english.post(f"{listed}jual/", form, follow=True)

    assert "Dompet cannot be sold here. It needs an amount" in text_of(told)
    assert not Product.objects.filter(name="Dompet").exists()


@pytest.mark.parametrize("is_simulated", [True, False])
def test_numbers_to_try_out_stand_at_simulated_suppliers_alone(
    english, listed, settings, is_simulated
):
    settings.IS_SIMULATED = is_simulated

    words = text_of(english.get(listed))

    for line in LINES:
        shown = f"Try it with the number {line.numbers[0]}"
        assert (shown in words) is is_simulated
        assert (line.numbers[0] in words) is is_simulated


def test_what_was_sold_before_can_be_taken_off_again(english, listed, shop):
    SupplierProduct.objects.filter(sku="pdam").update(
        brand="E-MONEY", product=shop.product
    )
    line = SupplierProduct.objects.get(sku="pdam")

    assert str(line.public_id) in english.get(listed).content.decode()


def test_ticked_bills_are_sold_for_the_fee_that_was_entered(english, listed):
    option = SupplierProduct.objects.get(sku="pln")
    form = {"goods": [option.pk], "percent": "8", "fee": "3000", "is_visible": "on"}

    done = english.post(f"{listed}jual/", form, follow=True)

    assert "1 product is for sale now." in text_of(done)
    product = Product.objects.get(name="PLN Pascabayar")
    assert (product.kind, product.price) == ("bill", 3_000)


@pytest.mark.parametrize("fee", ["", "0", "-5", "x"])
def test_a_fee_that_is_none_sells_no_bill(english, listed, fee):
    option = SupplierProduct.objects.get(sku="pln")
    form = {"goods": [option.pk], "percent": "8", "fee": fee}

    told = english.post(f"{listed}jual/", form, follow=True)

    assert "ee for" in text_of(told)
    assert not Product.objects.filter(name="PLN Pascabayar").exists()


@pytest.fixture
def order(shop):
    order = checkout.place_order(
        customer=shop.customer,
        items=[Item(shop.product.pk, inquiry_id=shop.ask().pk)],
        request_key="press:1",
        now=shop.now,
    )
    tell(pending(order, method=open_transfer(), now=shop.now), now=shop.now)
    shop.work()
    return order


def proof_of(shop):
    """The serial number with which the company took the payment."""
    [sold] = shop.engine.all_transactions()
    return sold.sn


def test_a_buyer_reads_the_receipt_on_their_own_page(shop, order):
    browser = Client()
    browser.force_login(make_user(discord_id=shop.customer.discord_id))
    browser.cookies["django_language"] = "en"
    address = purchase_links.address_of(order).rpartition("/pembelian/")[2]

    words = text_of(browser.get(f"/pembelian/{address}"))
    opened = text_of(browser.post(f"/pembelian/{address}"))

    assert DIGIFLAZZ.name in words
    assert f"Customer number {DIGIFLAZZ.numbers.paid}" in words
    assert "January 2019" in words
    assert "Rp 11.000" in words
    assert "Rp 2.500 of it admin" in words
    assert "Tariff R1" in words
    assert f"Reference {BillInquiry.objects.get().ref_id}" in words
    assert "The bill is paid." in words
    assert "Show the serial number" in words
    # As of a top-up: it opens on the buyer's own press.
    assert proof_of(shop) not in words
    assert proof_of(shop) in opened
    assert "codes" not in (words + opened).lower()
    assert "top-up" not in (words + opened).lower()


def test_a_payment_without_a_number_says_so(shop, order):
    purchase = Purchase.objects.get()
    purchase.serial_number = ""
    purchase.save()
    browser = Client()
    browser.force_login(make_user(discord_id=shop.customer.discord_id))
    browser.cookies["django_language"] = "en"
    address = purchase_links.address_of(order).rpartition("/pembelian/")[2]

    opened = text_of(browser.post(f"/pembelian/{address}"))

    assert "The bill is paid. The company gave no serial number for it." in opened
    assert f"Reference {BillInquiry.objects.get().ref_id}" in opened


def test_its_seller_reads_of_a_receipt_and_no_codes(shop, order, english):
    page = f"/toko/arcadia/pesanan/{order.public_id}/"

    words = text_of(english.get(page))

    assert f"Customer number {DIGIFLAZZ.numbers.paid} · {DIGIFLAZZ.name}" in words
    assert "Period January 2019" in words
    assert f"Reference {BillInquiry.objects.get().ref_id}" in words
    assert "The buyer has not looked at the serial number yet." in words
    assert "Every step of the payment to the company" in words
    assert "codes" not in words.lower()
    assert proof_of(shop) not in words

    asked = text_of(english.get(f"{page}kode/"))
    reason = {"reason": "Pembeli bilang belum lunas"}
    opened = text_of(english.post(f"{page}kode/", reason))

    assert "Open the serial number for a dispute" in asked
    assert proof_of(shop) in opened
    assert "codes" not in (asked + opened).lower()


def test_a_refund_of_a_paid_bill_speaks_of_no_codes(english, shop, order):
    page = f"/toko/arcadia/pesanan/{order.public_id}/refund/"
    form = form_of(english, order, amount="1.000")

    words = text_of(english.post(page, form))

    assert "It was delivered already and cannot be taken back" in words
    assert "codes" not in words.lower()
