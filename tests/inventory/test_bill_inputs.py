"""Bills that no customer number alone is enough for: said so, asked nowhere, not sold.

Which they are: https://developer.digiflazz.com/api/buyer/cek-tagihan/ and the inquiries
of https://github.com/iak-id/iak-api-reference-docs, docs/postpaid/core/product.
"""

from decimal import Decimal

import pytest

from catalog.models import Product
from inventory.models import BillInquiry, SupplierProduct
from inventory.services import purchase_routes, serving, supplier_products
from inventory.services.bills import NobodyAnswers
from inventory.services.supplier_products import ImportDraft
from inventory.states import BillInput, Obstacle
from ppob.kit.errors import InvalidInput
from tests.factories import make_member
from tests.inventory.billing import DIGIFLAZZ, BillShop

AMOUNT, YEAR, MONTHS, IDENTITY = BillInput


@pytest.fixture
def shop(monkeypatch, jobs, in_arcadia):
    return BillShop(monkeypatch, jobs, DIGIFLAZZ)


@pytest.fixture
def owner(in_arcadia):
    return make_member()


def line_of(shop, **fields):
    listed = {
        "sku": "shopeepay",
        "name": "ShopeePay Bebas Nominal",
        "brand": "E-MONEY",
        "category": "Pascabayar",
        "cost": 0,
        "is_bill": True,
        "updated_at": shop.now,
    }
    return SupplierProduct.objects.create(account=shop.account, **{**listed, **fields})


@pytest.mark.parametrize(
    ("kind", "brand", "sku", "needed"),
    [
        ("digiflazz", "PLN PASCABAYAR", "pln", None),
        ("digiflazz", "PDAM", "aetra", None),
        ("digiflazz", "BPJS KESEHATAN", "bpjs", None),
        ("digiflazz", "BPJS KETENAGAKERJAAN", "bpjstk", None),
        ("digiflazz", "PBB", "cimahi", None),  # its year need not be said
        ("digiflazz", "E-MONEY", "shopeepay", AMOUNT),
        ("digiflazz", "SAMSAT", "jabar", IDENTITY),
        ("iak", "PLN", "PLNPOSTPAID", None),
        ("iak", "PDAM", "PDAMKOTA.SURABAYA", None),
        ("iak", "INTERNET", "TELKOMPSTN", None),
        ("iak", "GAS", "PGAS", None),
        ("iak", "BPJS", "BPJS", MONTHS),
        ("iak", "BPJS", "BPJSTK", MONTHS),
        ("iak", "PBB", "PBBKOT.CIMAHI", YEAR),
        ("iak", "EMONEY", "SHOPEEPAY", AMOUNT),
        ("iak", "PAJAK-KENDARAAN", "ESAMSAT.JABAR", IDENTITY),
        ("iak", "O2O", "ESAMSAT.JABAR", IDENTITY),
        ("iak", "O2O", "MEMBER.Shiftsoft_MMS-Perpuluhan_2022", AMOUNT),
        ("iak", "O2O", "NONMEMBER.Shiftsoft_MMS-Perpuluhan_2022", AMOUNT),
        ("vipreseller", "E-MONEY", "x", None),
        ("gone", "E-MONEY", "x", None),
    ],
)
def test_what_a_bill_needs_is_known_by_the_suppliers_words(kind, brand, sku, needed):
    option = SupplierProduct(brand=brand, sku=sku, category="postpaid", is_bill=True)

    assert purchase_routes.bill_input(option, kind) == needed


def test_goods_of_the_same_words_need_an_account_alone(shop):
    option = SupplierProduct(brand="E-MONEY", sku="dana10", is_bill=False)

    assert purchase_routes.bill_input(option, "digiflazz") is None


def test_such_a_bill_cannot_be_ticked_to_be_sold(shop, owner):
    fine = line_of(shop, sku="pdam", name="PDAM", brand="PDAM")
    line = line_of(shop)
    draft = ImportDraft([fine.pk, line.pk], Decimal(8), fee=2_000)

    with pytest.raises(InvalidInput) as refusal:
        supplier_products.import_products(actor=owner, draft=draft, now=shop.now)

    assert "ShopeePay Bebas Nominal" in str(refusal.value)
    assert str(AMOUNT.label) in str(refusal.value)
    # All or nothing.
    assert not Product.objects.filter(name__in=["PDAM", line.name]).exists()


def test_such_a_bill_cannot_be_mapped_and_can_be_unmapped(shop, owner):
    line = line_of(shop)

    with pytest.raises(InvalidInput) as refusal:
        supplier_products.map_product(
            actor=owner, option=line, product=shop.product, now=shop.now
        )
    assert refusal.value.field == "product"

    SupplierProduct.objects.exclude(pk=line.pk).delete()
    SupplierProduct.objects.update(product=shop.product)
    supplier_products.map_product(actor=owner, option=line, product=None, now=shop.now)
    line.refresh_from_db()
    assert line.product is None


def test_what_was_sold_before_is_out_of_order_and_nobody_is_asked(shop):
    SupplierProduct.objects.update(sku="shopeepay", brand="E-MONEY")

    found = serving.serving_of([shop.product], now=shop.now)[shop.product.pk]

    assert (found.is_possible, found.obstacle) == (False, Obstacle.UNAVAILABLE)
    with pytest.raises(NobodyAnswers):
        shop.ask()
    assert shop.engine.requests == []
    assert not BillInquiry.objects.exists()
