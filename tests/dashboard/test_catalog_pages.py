"""Products and stock through the browser."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.models import Product
from inventory.dashboard import product_list
from inventory.models import StockItem
from ppob.kit.scope import tenant_scope
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.editing import open_form
from tests.factories import make_member, make_product

NEW = "/toko/arcadia/produk/baru/"
PRODUCT_LIST = "/toko/arcadia/produk/"
FIELDS = {
    "name": "Netflix 1 Bulan",
    "price": "29rb",
    "cost": "",
    "description": "",
    "category_id": "",
    "sku": "",
    "minimum_stock": "5",
    "position": "0",
    "is_active": "on",
    "is_visible": "on",
}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


def picture(kind: str = "PNG") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (40, 30), "red").save(content, kind)
    return SimpleUploadedFile("photo.png", content.getvalue())


def test_a_product_is_added_and_its_stock_comes_next(english):
    response = english.post(NEW, FIELDS)

    product = Product.objects.get()
    assert response.url == f"{PRODUCT_LIST}{product.public_id}/stok/"
    assert (product.name, product.price, product.sku) == (
        "Netflix 1 Bulan",
        29_000,
        "NETFLIX-1-BULAN",
    )


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("price", "0", "Enter a whole amount from Rp 1 to Rp 1.000.000.000."),
        ("price", "-5", "Enter a whole amount"),
        ("price", "12,5", "Enter a whole amount"),
        ("price", "9" * 16, "Enter a whole amount"),
        ("price", "", "This field is required."),
        ("name", "   ", "This field is required."),
        ("sku", "has space!", "A SKU has up to 40 letters"),
        ("minimum_stock", "-1", "greater than or equal to 0"),
        ("category_id", "99999", "Select a valid choice"),
        (
            "description",
            "MTEwMDAwMDAwMDAwMDAwMDAwMQ.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789",
            "looks like a secret token",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(english, field, value, sentence):
    response = english.post(NEW, FIELDS | {field: value})

    assert response.status_code == 200
    assert not Product.objects.exists()
    page = response.content.decode()
    assert sentence in text_of(response)
    assert f'id="id_{field}_error"' in page
    assert 'aria-invalid="true"' in page


def test_a_second_product_with_the_same_sku_is_refused(english):
    make_product(sku="NETFLIX")

    response = english.post(NEW, FIELDS | {"sku": "netflix"})

    assert "Another product already has this SKU" in text_of(response)
    assert Product.objects.count() == 1


def test_a_picture_is_kept_and_served(english):
    english.post(NEW, FIELDS | {"image": picture()})

    product = Product.objects.get()
    served = english.get(product.image.url)
    assert served.status_code == 200
    assert served.headers["Content-Type"] == "image/webp"
    assert "immutable" in served.headers["Cache-Control"]


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)>", b"", b"GIF89a", b"\x89PNG\r\n\x1a\n broken"]
)
def test_what_is_no_picture_is_refused(english, content):
    file = SimpleUploadedFile("x.png", content, content_type="image/png")

    response = english.post(NEW, FIELDS | {"image": file})

    assert response.status_code == 200
    assert 'id="id_image_error"' in response.content.decode()
    assert not Product.objects.exists()


def test_changing_a_product_shows_what_it_is_and_saves(english):
    product = make_product(name="Old", price=10_000, cost=7_000)
    tab = open_form(english, f"{PRODUCT_LIST}{product.public_id}/")
    assert tab["price"] == "10000"

    response = english.post(
        f"{PRODUCT_LIST}{product.public_id}/",
        tab | FIELDS | {"name": "New", "is_visible": ""},
    )

    assert response.url == PRODUCT_LIST
    product.refresh_from_db()
    assert (product.name, product.price, product.is_visible) == ("New", 29_000, False)


def test_products_are_shown_and_hidden_together(english, borealis):
    first, second, third = (make_product() for _ in range(3))
    with tenant_scope(borealis.pk):
        foreign = make_product()

    response = english.post(
        f"{PRODUCT_LIST}tampil/",
        {"do": "hide", "products": [first.pk, second.pk, foreign.pk, "x"]},
        follow=True,
    )

    assert "2 products are hidden from the panels now." in text_of(response)
    visible = Product.objects.filter(is_visible=True)
    assert list(visible) == [third]
    with tenant_scope(borealis.pk):
        assert Product.objects.get().is_visible


def test_hiding_nothing_asks_for_ticks(english):
    response = english.post(f"{PRODUCT_LIST}tampil/", {"do": "hide"}, follow=True)

    assert "Tick some products first" in text_of(response)


def test_a_deleted_product_is_gone(english):
    product = make_product()

    english.post(f"{PRODUCT_LIST}{product.public_id}/hapus/")

    assert english.get(f"{PRODUCT_LIST}{product.public_id}/").status_code == 404
    product.refresh_from_db()
    assert product.archived_at is not None


def test_another_stores_product_does_not_exist(english, borealis):
    with tenant_scope(borealis.pk):
        foreign = make_product()

    for ending in ("", "stok/"):
        assert (
            english.get(f"{PRODUCT_LIST}{foreign.public_id}/{ending}").status_code
            == 404
        )
    assert english.post(f"{PRODUCT_LIST}{foreign.public_id}/hapus/").status_code == 404


def test_the_product_list_shows_stock_and_finds_by_name(english):
    make_product(name="Netflix", codes=3, minimum_stock=5)
    make_product(name="Spotify", codes=9, minimum_stock=5)

    assert "Netflix" in text_of(english.get(PRODUCT_LIST))
    assert "3 Running low" in text_of(english.get(PRODUCT_LIST))
    found = text_of(english.get(f"{PRODUCT_LIST}?cari=spot"))
    assert "Spotify" in found
    assert "Netflix" not in found


def test_a_long_shelf_is_shown_in_parts_in_its_order(english, monkeypatch):
    monkeypatch.setattr(product_list, "ROWS", 2)
    last = make_product(name="Last", position=9)
    names = ("Third", "Fourth", "Fifth")
    third, fourth, _fifth = [make_product(name=name, position=5) for name in names]
    first, second = [make_product(name=name, position=1) for name in ("One", "Two")]

    assert shown(english.get(PRODUCT_LIST)) == [first, second]
    page = english.get(f"{PRODUCT_LIST}?sebelum={second.pk}")
    assert shown(page) == [third, fourth]
    assert f"sebelum={fourth.pk}" in page.content.decode()
    end = english.get(f"{PRODUCT_LIST}?sebelum={fourth.pk}")
    assert shown(end)[1:] == [last]
    assert "From the start" in text_of(end)
    assert "More" not in text_of(end)


def shown(response) -> list[Product]:
    return [row.product for row in response.context["rows"]]


def test_a_script_gets_only_the_live_part(english):
    response = english.get(PRODUCT_LIST, HTTP_HX_REQUEST="true")

    assert response.content.lstrip().startswith(b'<form id="product-list"')
    assert "HX-Request" in response.headers["Vary"]


def test_names_cannot_smuggle_markup_into_the_page(english):
    make_product(name="<script>alert(1)</script>", codes=1)

    assert "<script>alert" not in english.get(PRODUCT_LIST).content.decode()


def stock_address(product: Product) -> str:
    return f"{PRODUCT_LIST}{product.public_id}/stok/"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Enter at least one code"),
        ("\n \n", "Enter at least one code"),
        ('AAA\n"BBB', "Line 2 opens a quotation mark"),
        ("a\n" * 20_001, "Too many lines"),
    ],
)
def test_a_text_without_codes_is_refused_at_the_field(english, text, sentence):
    product = make_product()

    response = english.post(stock_address(product), {"codes": text})

    assert sentence in text_of(response)
    assert not StockItem.objects.exists()


def test_a_huge_file_is_refused_unread(english):
    product = make_product()
    file = SimpleUploadedFile("codes.txt", b"x" * (5 * 1024 * 1024))

    response = english.post(stock_address(product), {"codes": "", "file": file})

    assert "The file is too large" in text_of(response)
    assert not StockItem.objects.exists()


def test_a_huge_paste_is_refused_with_words(english):
    product = make_product()

    response = english.post(stock_address(product), {"codes": "x" * 3_000_000})

    assert response.status_code == 400
    assert "too large" in text_of(response)


def test_a_viewer_sees_stock_but_cannot_add(in_arcadia):
    product = make_product(codes=2)
    viewer = browser_of(make_member(Role.VIEWER))

    page = viewer.get(stock_address(product)).content.decode()
    refused = viewer.post(stock_address(product), {"codes": "A"})

    assert "<textarea" not in page
    assert refused.status_code == 403
    assert StockItem.objects.count() == 2
