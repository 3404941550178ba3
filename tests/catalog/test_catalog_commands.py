from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from catalog import selectors
from catalog.models import Category, Product
from ppob.kit.scope import tenant_scope
from tests.factories import make_member, make_product


def run(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def owned(in_arcadia):
    make_member()
    return in_arcadia


def test_a_dry_run_shows_the_plan_and_writes_nothing(owned):
    said = run("seed_catalog", "--store", "arcadia", "--dry-run")

    assert "Rp 174.000" in said
    assert "15 would be added" in said
    assert not Product.objects.exists()
    assert not Category.objects.exists()


def test_five_games_with_fifteen_topups_are_added_once(owned, borealis):
    run("seed_catalog", "--store", "arcadia")
    again = run("seed_catalog", "--store", "arcadia")

    codes = [shelf.code for shelf in selectors.list_categories()]
    assert codes == ["ML", "FF", "PUBG", "GENSHIN", "VALORANT"]
    assert Product.objects.count() == 15
    assert "has all top-ups already" in again
    assert selectors.list_panel_products() == []
    eighty_six = Product.objects.get(sku="ML-86")
    assert (eighty_six.cost, eighty_six.price) == (18_000, 20_000)
    assert eighty_six.category.destination_fields[1]["name"] == "zone_id"
    with tenant_scope(borealis.pk):
        assert not Product.objects.exists()


def test_what_the_seller_changed_stays(owned):
    run("seed_catalog", "--store", "arcadia")
    Product.objects.filter(sku="ML-86").update(price=21_000)
    Product.objects.filter(sku="FF-70").delete()

    run("seed_catalog", "--store", "arcadia")

    assert Product.objects.get(sku="ML-86").price == 21_000
    assert Product.objects.filter(sku="FF-70").count() == 1


def test_the_catalog_is_shown_with_its_revenue_potential(owned):
    run("seed_catalog", "--store", "arcadia")
    make_product(name="Netflix", price=29_000, cost=0)

    said = run("show_catalog", "--store", "arcadia")

    assert "11.1 %" in said
    assert "16 products in Arcadia" in said
    assert "Rp 7.066.667/day" in said


def test_an_empty_store_says_so(owned):
    assert "no products yet" in run("show_catalog", "--store", "arcadia")


def test_an_unknown_store_is_refused(owned):
    with pytest.raises(CommandError, match="no store with the slug 'atlantis'"):
        run("show_catalog", "--store", "atlantis")
