"""Whose number or meter it is, and whether the goods are for it."""

import pytest

from catalog import games
from catalog.games import find_game
from inventory.models import SupplierProduct
from inventory.services import account_checks, number_checks
from inventory.services.number_checks import WrongOperator
from inventory.states import CheckState
from payments.models import Order
from tests.factories import CategoryFactory, make_order
from tests.inventory.billing import DIGIFLAZZ, IAK, BillShop
from tests.inventory.suppliers import make_account, make_topup, map_product

METERS = {
    "digiflazz": ("523300817840", "DAVID"),
    "iak": ("12345678901", "Sintya Oktaviani"),
}


def category_of(code):
    game = find_game(code)
    fields = [dict(each) for each in game.destination_fields]
    return CategoryFactory(code=code, name=game.name, destination_fields=fields)


# --- Operators ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "operator"),
    [
        ("085154000000", "by.U"),
        ("085158999999", "by.U"),
        ("085153000000", "Telkomsel"),
        ("085159000000", "Telkomsel"),
        ("081234567890", "Telkomsel"),
        ("087800001230", "XL"),
        ("081400000000", "Indosat"),
        ("083100000000", "Axis"),
        ("088800000000", "Smartfren"),
        ("089500000000", "Three"),
        ("081100000000", None),
        ("088900000000", None),
    ],
)
def test_a_prefix_names_its_operator_or_none(number, operator):
    assert games.operator_of(number) == operator


@pytest.mark.parametrize(
    ("texts", "operator"),
    [
        (["TELKOMSEL"], "Telkomsel"),
        (["by.U"], "by.U"),
        (["Pulsa byU 10.000"], "by.U"),
        (["XL"], "XL"),
        (["XL", "AXIS"], None),
        (["AXL"], None),
        (["TRI"], "Three"),
        (["STRIPE"], None),
        ([], None),
        (["MOBILE LEGENDS"], None),
    ],
)
def test_goods_are_of_the_one_operator_that_they_name(texts, operator):
    assert games.operator_named(*texts) == operator


@pytest.fixture
def pulsa(in_arcadia):
    return category_of("PULSA")


def goods(pulsa, *, brand="", name="Pulsa 10.000", code="PULSA"):
    product = make_topup(name=name, category=pulsa, price=11_000)
    map_product(product, make_account(), brand=brand)
    return product


def test_goods_of_another_operator_are_refused_with_both_names(pulsa):
    product = goods(pulsa, brand="TELKOMSEL")

    with pytest.raises(WrongOperator) as refusal:
        make_order(product, destination="087800001230")

    assert "XL" in str(refusal.value)
    assert "Telkomsel" in str(refusal.value)
    assert refusal.value.field == "destination"
    assert not Order.objects.exists()


def test_goods_of_the_numbers_operator_are_sold(pulsa):
    product = goods(pulsa, brand="XL")

    assert make_order(product, destination="087800001230").total == 11_000


def test_by_u_is_not_telkomsel(pulsa):
    product = goods(pulsa, brand="TELKOMSEL")

    with pytest.raises(WrongOperator):
        make_order(product, destination="085154123456")


@pytest.mark.parametrize("number", ["081112345678", "088912345678"])
def test_a_number_that_nobody_can_place_is_not_refused(pulsa, number):
    product = goods(pulsa, brand="XL")

    assert make_order(product, destination=number).total == 11_000


def test_without_a_brand_the_products_name_says_it(pulsa):
    product = goods(pulsa, name="Telkomsel 10.000")

    with pytest.raises(WrongOperator):
        number_checks.require_operator(product, {"phone": "087800001230"})


def test_suppliers_that_disagree_leave_it_to_the_name(pulsa):
    product = goods(pulsa, brand="XL", name="Pulsa 10.000")
    SupplierProduct.objects.update(brand="XL AXIS")

    number_checks.require_operator(product, {"phone": "081234567890"})


def test_other_goods_for_a_number_are_nobodys(in_arcadia):
    wallet = category_of("EMONEY")
    product = goods(wallet, brand="XL", name="Saldo")

    number_checks.require_operator(product, {"phone": "081234567890"})


# --- Meters ---------------------------------------------------------------------------


@pytest.fixture(params=[DIGIFLAZZ, IAK], ids=lambda door: door.code)
def shop(request, monkeypatch, jobs, in_arcadia):
    shop = BillShop(monkeypatch, jobs, request.param)

    def answer(path, content):
        assert path.endswith("/inquiry-pln")
        return {"data": shop.engine.inquire_meter(content)}

    shop.line.answer = answer
    return shop


def test_a_meter_has_an_owner(shop):
    number, name = METERS[shop.door.code]

    found = account_checks.find_name(category_of("PLN"), {"meter": number})

    assert (found.state, found.name, found.source) == (
        CheckState.VERIFIED,
        name,
        shop.door.code,
    )


def test_a_meter_that_does_not_exist_is_not_found(shop):
    found = account_checks.find_name(category_of("PLN"), {"meter": "99999999999"})

    assert found.state == CheckState.NOT_FOUND


@pytest.mark.parametrize("trouble", ["lost", "broken", "away"])
def test_what_nobody_can_say_about_a_meter_is_neither(shop, trouble):
    number, _name = METERS[shop.door.code]
    shop.troubles = [trouble]

    found = account_checks.find_name(category_of("PLN"), {"meter": number})

    assert (found.state, found.name) == (CheckState.UNCHECKED, "")


def test_an_answer_about_another_meter_is_none(shop, monkeypatch):
    number, _name = METERS[shop.door.code]
    honest = shop.line.answer

    def about_another(path, content):
        data = honest(path, content)["data"]
        return {"data": data | {"customer_no": "1", "customer_id": "1"}}

    shop.line.answer = about_another

    found = account_checks.find_name(category_of("PLN"), {"meter": number})

    assert found.state == CheckState.UNCHECKED
