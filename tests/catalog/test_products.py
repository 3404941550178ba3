from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog import selectors
from catalog.access import access_product
from catalog.events import ProductChanged
from catalog.models import Product
from catalog.services import categories, products
from catalog.services.categories import CategoryDraft
from catalog.services.products import LooksLikeSecret, ProductDraft, SkuTaken
from ppob.kit.errors import InvalidInput, NotAllowed, NotFound
from ppob.kit.scope import tenant_scope
from ppob.kit.versions import ChangedMeanwhile, version_of
from security.models import AuditEntry
from tenants.permissions import Permission
from tenants.states import Role
from tests.conftest import NOON
from tests.factories import make_member, make_product
from tests.hearing import heard

LATER = NOON + timedelta(hours=1)
BOT_TOKEN = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.Gabcde.abcdefghijklmnopqrstuvwxyz0123"
PART = {"name": "user_id", "label": "User ID", "pattern": "[0-9]{5,12}"}


@pytest.fixture
def seller(in_arcadia):
    return make_member(Role.ADMIN)


@pytest.fixture
def facts():
    with heard(ProductChanged) as news:
        yield news


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def draft(**fields) -> ProductDraft:
    return ProductDraft(**{"name": "Netflix 1 Bulan", "price": 29_000} | fields)


def photo() -> SimpleUploadedFile:
    written = BytesIO()
    Image.new("RGB", (30, 30), "blue").save(written, "PNG")
    return SimpleUploadedFile("me.png", written.getvalue())


def test_a_product_is_added_to_the_store(seller, facts):
    product = products.add_product(
        actor=seller,
        draft=draft(name="  Netflix\t1   Bulan ", description="Satu\r\n\r\ndua "),
        now=NOON,
    )

    product.refresh_from_db()
    assert product.name == "Netflix 1 Bulan"
    assert product.sku == "NETFLIX-1-BULAN"
    assert product.description == "Satu\n\ndua"
    assert (product.price, product.cost) == (29_000, 0)
    assert product.tenant_id == seller.tenant_id
    assert facts == [ProductChanged(seller.tenant_id, product.pk)]
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (seller.name, "product.added")
    assert entry.after["price"] == 29_000


def test_two_products_of_one_name_get_two_skus(seller):
    for _turn in range(3):
        products.add_product(actor=seller, draft=draft(), now=NOON)

    skus = Product.objects.order_by("pk").values_list("sku", flat=True)
    assert list(skus) == ["NETFLIX-1-BULAN", "NETFLIX-1-BULAN-2", "NETFLIX-1-BULAN-3"]


def test_a_name_without_letters_gets_a_sku_too(seller):
    product = products.add_product(actor=seller, draft=draft(name="🔥🔥"), now=NOON)

    assert product.sku == "PRODUK"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"price": 0}, "price"),
        ({"price": -5}, "price"),
        ({"price": 1_000_000_001}, "price"),
        ({"price": 19_500.5}, "price"),
        ({"price": True}, "price"),
        ({"cost": -1}, "cost"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"description": "x" * 1001}, "description"),
        ({"sku": "with space"}, "sku"),
        ({"sku": "X" * 41}, "sku"),
        ({"minimum_stock": -1}, "minimum_stock"),
        ({"position": 10_001}, "position"),
        ({"category_id": 999_999}, "category_id"),
        ({"kind": "gift"}, "kind"),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(seller, facts, fields, field):
    with pytest.raises(InvalidInput) as refused:
        products.add_product(actor=seller, draft=draft(**fields), now=NOON)

    assert refused.value.field == field
    assert not Product.objects.exists()
    assert facts == []


@pytest.mark.parametrize("field", ["name", "sku", "description"])
@pytest.mark.parametrize(
    "secret",
    [
        BOT_TOKEN,
        "xnd_production_abcdefghijklmnop1234",
        "Mid-server-abcdefghijkl1234",
        "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI3k",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_a_secret_in_a_product_is_refused(seller, field, secret):
    with pytest.raises(LooksLikeSecret) as refused:
        products.add_product(actor=seller, draft=draft(**{field: secret}), now=NOON)

    assert refused.value.field == field
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "Netflix Premium 4K UHD 30 hari 2026",
        "https://example.com/a/very/Long/Address/with/1234567890/And/Letters",
        "PAKET-SUPER-HEMAT-GAMER-INDONESIA-2026-100",
        "081234567890123456789012345678901234",
    ],
)
def test_long_but_harmless_text_is_fine(seller, text):
    product = products.add_product(
        actor=seller, draft=draft(description=text), now=NOON
    )

    assert product.description == text


def test_a_sku_is_unique_among_the_stores_living_products(seller, borealis):
    with tenant_scope(borealis.pk):
        make_product(sku="ABC")
    first = products.add_product(actor=seller, draft=draft(sku="abc"), now=NOON)
    with pytest.raises(SkuTaken) as refused:
        products.add_product(actor=seller, draft=draft(sku="ABC"), now=NOON)

    products.archive_product(actor=seller, product=first, now=LATER)
    second = products.add_product(actor=seller, draft=draft(sku="ABC"), now=LATER)

    assert refused.value.field == "sku"
    assert selectors.list_products() == [second]


def test_a_change_is_written_and_announced(seller, facts):
    product = products.add_product(actor=seller, draft=draft(sku="A"), now=NOON)

    changed = products.change_product(
        actor=seller, product=product, draft=draft(price=31_000), now=LATER
    )

    assert (changed.price, changed.sku, changed.updated_at) == (31_000, "A", LATER)
    assert facts == [ProductChanged(seller.tenant_id, product.pk)] * 2
    assert AuditEntry.objects.filter(action="product.changed").count() == 1


def test_what_changed_after_the_product_was_read_is_not_written_over(seller):
    product = products.add_product(actor=seller, draft=draft(), now=NOON)
    seen = version_of(products.facts_of(product))
    stale = Product.objects.get(pk=product.pk)  # as a request that waits has it
    products.change_product(
        actor=seller, product=product, draft=draft(price=31_000), now=NOON
    )

    with pytest.raises(ChangedMeanwhile):
        products.change_product(
            actor=seller, product=stale, draft=draft(price=5), now=LATER, seen=seen
        )

    assert Product.objects.get().price == 31_000


def test_a_product_keeps_its_kind(seller):
    product = products.add_product(actor=seller, draft=draft(), now=NOON)

    with pytest.raises(InvalidInput) as refused:
        products.change_product(
            actor=seller, product=product, draft=draft(kind="topup"), now=LATER
        )

    assert refused.value.field == "kind"


def test_a_deleted_product_cannot_be_changed_or_deleted_again(seller):
    product = products.add_product(actor=seller, draft=draft(), now=NOON)
    products.archive_product(actor=seller, product=product, now=NOON)

    with pytest.raises(NotFound):
        products.change_product(actor=seller, product=product, draft=draft(), now=LATER)
    with pytest.raises(NotFound):
        products.archive_product(actor=seller, product=product, now=LATER)
    with pytest.raises(NotFound):
        access_product(seller, product.public_id, to=Permission.SEE_STORE)


def test_products_are_hidden_and_shown_in_bulk(seller, facts, borealis):
    with tenant_scope(borealis.pk):
        foreign = make_product()
    one, two, hidden = make_product(), make_product(), make_product(is_visible=False)

    changed = products.show_products(
        actor=seller,
        product_ids=[one.pk, two.pk, hidden.pk, foreign.pk],
        is_visible=False,
        now=LATER,
    )

    assert changed == 2
    assert facts == [
        ProductChanged(seller.tenant_id, one.pk),
        ProductChanged(seller.tenant_id, two.pk),
    ]
    assert selectors.list_panel_products() == []
    with tenant_scope(borealis.pk):
        foreign.refresh_from_db()
    assert foreign.is_visible


@pytest.mark.parametrize("role", [Role.CASHIER, Role.VIEWER])
def test_a_weak_role_changes_nothing(in_arcadia, role):
    member = make_member(role)
    product = make_product(price=10_000)

    with pytest.raises(NotAllowed):
        products.add_product(actor=member, draft=draft(), now=NOON)
    with pytest.raises(NotAllowed):
        products.change_product(actor=member, product=product, draft=draft(), now=NOON)
    with pytest.raises(NotAllowed):
        products.archive_product(actor=member, product=product, now=NOON)
    with pytest.raises(NotAllowed):
        products.show_products(
            actor=member, product_ids=[product.pk], is_visible=False, now=NOON
        )

    product.refresh_from_db()
    assert (product.price, product.is_visible) == (10_000, True)
    assert Product.objects.count() == 1


def test_another_stores_product_does_not_exist(seller, borealis):
    with tenant_scope(borealis.pk):
        foreign = make_product()

    with pytest.raises(NotFound):
        access_product(seller, foreign.public_id, to=Permission.SEE_STORE)


def test_a_picture_is_stored_kept_and_removed(seller):
    product = products.add_product(actor=seller, draft=draft(image=photo()), now=NOON)
    name = product.image.name
    kept = products.change_product(
        actor=seller, product=product, draft=draft(), now=LATER
    )
    assert kept.image.name == name
    assert default_storage.exists(name)
    assert name.startswith("products/")
    assert name.endswith(".webp")

    bare = products.change_product(
        actor=seller, product=product, draft=draft(removes_image=True), now=LATER
    )

    assert not bare.image


def test_a_category_is_made_once_and_brought_up_to_date(seller):
    first = categories.keep_category(
        actor=seller, draft=CategoryDraft(code="ml", name="Mobile"), now=NOON
    )
    second = categories.keep_category(
        actor=seller, draft=CategoryDraft(code="ML", name="Mobile Legends"), now=NOON
    )

    assert first.pk == second.pk
    assert selectors.find_category("ml").name == "Mobile Legends"


@pytest.mark.parametrize(
    ("code", "name", "field"),
    [("", "A", "code"), ("A-B", "A", "code"), ("A", " ", "name")],
)
def test_a_bad_category_is_refused(seller, code, name, field):
    with pytest.raises(InvalidInput) as refused:
        categories.keep_category(
            actor=seller, draft=CategoryDraft(code=code, name=name), now=NOON
        )

    assert refused.value.field == field


def test_panels_show_codes_before_topups_in_order(in_arcadia):
    topup = make_product(kind="topup", position=0)
    second = make_product(position=2)
    first = make_product(position=1)
    make_product(is_active=False)
    make_product(is_visible=False)
    make_product(archived_at=NOON)

    assert selectors.list_panel_products() == [first, second, topup]


def test_search_looks_at_names_and_skus(in_arcadia):
    netflix = make_product(name="Netflix", sku="N-1")
    spotify = make_product(name="Spotify", sku="S-1", is_visible=False)

    assert selectors.list_products(search="flix") == [netflix]
    assert selectors.list_products(search="s-1", include_hidden=True) == [spotify]


@pytest.mark.parametrize(
    "part",
    [
        {"name": "user_id", "label": "User ID", "pattern": "[0-9"},
        {"name": "user_id", "label": "User ID", "pattern": "(?P<x"},
        {"name": "user_id", "label": "User ID", "pattern": "[0-9]{1,9999999999}"},
        {"name": "user_id", "label": "User ID", "pattern": 5},
        {"name": "server", "label": "User ID", "derived": [["6[0-9", "os_usa"]]},
    ],
)
def test_a_pattern_that_is_none_is_refused_when_the_category_is_saved(seller, part):
    before = CategoryDraft(code="ML", name="Mobile", destination_fields=[PART])
    kept = categories.keep_category(actor=seller, draft=before, now=NOON)
    after = CategoryDraft(code="ML", name="Legends", destination_fields=[PART, part])

    with pytest.raises(InvalidInput, match="User ID") as refused:
        categories.keep_category(actor=seller, draft=after, now=NOON)

    assert refused.value.field == "destination_fields"
    kept.refresh_from_db()
    assert (kept.name, kept.destination_fields) == ("Mobile", [PART])


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"label": "User ID"},
        {"name": "server", "choices": [["a"]]},
        {"name": "server", "choices": 5},
        {"name": "server", "derived": [["6", "a", "b"]]},
        "user_id",
    ],
)
def test_a_part_that_nobody_could_read_back_is_refused(seller, part):
    draft = CategoryDraft(code="ML", name="Mobile", destination_fields=[part])

    with pytest.raises(InvalidInput) as refused:
        categories.keep_category(actor=seller, draft=draft, now=NOON)

    assert refused.value.field == "destination_fields"
    assert selectors.find_category("ML") is None
