"""One product is changed, and no other."""

from dataclasses import replace

import pytest

from catalog import selectors
from catalog.models import Category
from catalog.services import products
from catalog.services.drafts import ProductDraft
from tests.conftest import NOON
from tests.factories import make_member, make_product

pytestmark = pytest.mark.usefixtures("bystanders")


@pytest.fixture
def seller(in_arcadia):
    return make_member()


@pytest.fixture
def mine(bystanders):
    return make_product(name="Mine", sku="MINE")


def fresh(row):
    row.refresh_from_db()
    return row


def test_a_product_is_changed(mine, seller):
    draft = ProductDraft(name="Mine now", price=20_000, sku="MINE")

    products.change_product(actor=seller, product=mine, draft=draft, now=NOON)
    products.change_product(
        actor=seller, product=mine, draft=replace(draft, price=21_000), now=NOON
    )

    assert (fresh(mine).name, mine.price) == ("Mine now", 21_000)


def test_a_product_is_hidden(mine, seller):
    changed = products.show_products(
        actor=seller, product_ids=[mine.pk], is_visible=False, now=NOON
    )

    assert changed == 1
    assert not fresh(mine).is_visible


def test_a_product_is_deleted(mine, seller):
    products.archive_product(actor=seller, product=mine, now=NOON)

    assert fresh(mine).archived_at == NOON


def test_products_are_found_by_what_names_them(mine, seller):
    category = Category.objects.create(code="ML", name="Mobile Legends")
    in_it = make_product(category=category)

    assert selectors.ids_of([mine.public_id]) == [mine.pk]
    assert selectors.products_of_category("ml") == [in_it]
