"""The store's price rules, its margins, and what each buyer would pay."""

from urllib.parse import urlencode

import pytest

from catalog.models import PricePolicy, PriceRule, Product
from catalog.services import prices
from catalog.services.prices import RuleDraft, TermsDraft
from ppob.kit.errors import InvalidInput
from ppob.kit.versions import ChangedMeanwhile
from security.models import AuditEntry
from tenants.models import Tenant
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.editing import open_form
from tests.factories import (
    CategoryFactory,
    PriceRuleFactory,
    make_customer,
    make_member,
    make_order,
    make_product,
)
from tests.inventory.suppliers import SUCCEEDS, make_account, make_topup, map_product

RULES = "/toko/arcadia/harga/"
NEW = f"{RULES}baru/"
TERMS = f"{RULES}aturan/"
MARGINS = f"{RULES}margin/"
FORM = {
    "scope": "store",
    "tier": "vip",
    "minimum_quantity": "1",
    "minimum_volume": "",
    "basis": "price",
    "rate": "5,5",
    "name": "",
}


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def product(in_arcadia):
    return make_product(name="Netflix", price=10_000, cost=8_000, codes=20)


def calculator(product, **query):
    address = f"/toko/arcadia/produk/{product.public_id}/harga/"
    return f"{address}?{urlencode(query)}" if query else address


def page_of(rule):
    return f"{RULES}{rule.public_id}/"


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_rule_is_added_read_and_counts_at_once(english, product):
    answer = english.post(NEW, FORM | {"name": "Harga VIP"}, follow=True)

    words = text_of(answer)
    assert "The rule counts from the next order on." in words
    assert "Harga VIP" in words
    assert "− 5,5 %" in words
    rule = PriceRule.objects.get()
    assert (rule.tier, rule.rate, rule.product_id, rule.category_id) == (
        "vip",
        550,
        None,
        None,
    )
    assert make_order(product, customer=make_customer(tier="vip")).total == 9_500
    assert "Price rule added" in text_of(
        english.get("/toko/arcadia/pengaturan/riwayat/")
    )


def test_without_rules_the_page_says_what_everybody_pays(english, in_arcadia):
    assert "Everybody pays the price on the panel" in text_of(english.get(RULES))


def test_a_rule_for_one_product_begins_at_its_page(english, product):
    page = english.get(NEW, {"produk": product.public_id})
    assert f'value="product-{product.pk}" selected' in page.content.decode()

    english.post(
        f"{NEW}?produk={product.public_id}", FORM | {"scope": f"product-{product.pk}"}
    )

    assert PriceRule.objects.get().product == product


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"tier": "member"}, "what everybody pays is the product's price"),
        ({"rate": "0"}, "A discount is from 0.01 to 90 %"),
        ({"rate": "90,01"}, "A discount is from 0.01 to 90 %"),
        ({"rate": "-5"}, "Enter a per cent, for example 5 or 5,5."),
        ({"rate": "5,555"}, "Enter a per cent, for example 5 or 5,5."),
        ({"basis": "cost", "rate": "1000,01"}, "a margin from 0 to 1000 %"),
        ({"minimum_quantity": "21"}, "less than or equal to 20"),
        ({"scope": "product-99"}, "Select a valid choice"),
        ({"minimum_volume": "dua"}, "Enter a whole amount"),
    ],
)
def test_what_no_rule_can_be_is_refused_at_its_field(english, product, wrong, sentence):
    answer = english.post(NEW, FORM | wrong)

    assert answer.status_code == 200
    assert sentence in text_of(answer).replace("’", "'")
    assert not PriceRule.objects.exists()


def test_a_second_rule_for_the_same_is_refused_with_a_sentence(english, in_arcadia):
    PriceRuleFactory()

    answer = english.post(NEW, FORM)

    assert "Change that one." in text_of(answer)
    assert PriceRule.objects.count() == 1


def test_a_rule_is_changed_and_an_old_tab_is_shown_what_is_new(english, owner):
    rule = PriceRuleFactory()
    form = open_form(english, page_of(rule))
    prices.change_rule(
        actor=owner,
        rule=rule,
        draft=RuleDraft(basis="price", rate=300, tier="vip"),
        now=NOON,
    )

    answer = english.post(page_of(rule), form | {"rate": "7"})

    words = text_of(answer)
    assert "Nothing was saved" in words
    assert "3 %" in words
    assert PriceRule.objects.get().rate == 300
    form = open_form(english, page_of(rule))
    english.post(page_of(rule), form | {"rate": "7", "tier": "reseller"})
    rule.refresh_from_db()
    assert (rule.rate, rule.tier) == (700, "reseller")


def test_saving_an_unchanged_rule_changes_nothing(english, in_arcadia):
    rule = PriceRuleFactory(
        category=CategoryFactory(), minimum_volume=1_500_000, minimum_quantity=3
    )
    before = vars(PriceRule.objects.get()) | {"_state": None}

    english.post(page_of(rule), open_form(english, page_of(rule)))

    assert vars(PriceRule.objects.get()) | {"_state": None} == before


def test_a_removed_rule_counts_no_longer(english, product):
    rule = PriceRuleFactory()

    english.post(f"{page_of(rule)}hapus/")

    assert not PriceRule.objects.exists()
    assert make_order(product, customer=make_customer(tier="vip")).total == 10_000
    assert english.post(f"{page_of(rule)}hapus/").status_code == 404
    assert actions() == ["price_rule.removed"]


def test_nobody_orders_two_of_a_top_up(owner):
    topup = make_topup()
    draft = RuleDraft(basis="price", rate=1, minimum_quantity=2, product_id=topup.pk)

    with pytest.raises(InvalidInput) as refused:
        prices.add_rule(actor=owner, draft=draft, now=NOON)

    assert refused.value.field == "minimum_quantity"


def test_how_prices_are_made_is_saved_once_per_store(english, in_arcadia):
    for step, typed, rate in (("100", "2,5", 250), ("500", "0", 0)):
        form = open_form(english, TERMS)
        english.post(TERMS, form | {"step": step, "least_rate": typed})
        assert PricePolicy.objects.get().least_rate == rate
        assert Tenant.objects.get().price_step == int(step)

    assert actions() == ["price_policy.changed"] * 2
    assert "Rp 500" in text_of(english.get(RULES))


def test_an_old_tab_does_not_undo_the_terms(english, owner):
    form = open_form(english, TERMS)
    prices.change_terms(actor=owner, draft=TermsDraft(step=500), now=NOON)

    answer = english.post(TERMS, form | {"step": "10"})

    assert "Nothing was saved" in text_of(answer)
    assert Tenant.objects.get().price_step == 500


def test_margins_set_prices_after_they_were_shown(english, product):
    Tenant.objects.update(price_step=500)
    games = CategoryFactory()
    inside = make_product(name="Inside", price=10_000, cost=9_500, category=games)
    unknown = make_product(name="Unknown", price=10_000)
    PriceRuleFactory(tier="member", basis="cost", rate=2_000)
    PriceRuleFactory(tier="member", basis="cost", rate=1_000, category=games)

    shown = english.get(MARGINS)
    words = text_of(shown)
    assert "Rp 9.500" in words
    assert "Unknown" not in words
    answer = english.post(MARGINS, open_form(english, MARGINS), follow=True)

    assert "2 prices were set." in text_of(answer)
    for each, price in ((product, 9_500), (inside, 10_500), (unknown, 10_000)):
        each.refresh_from_db()
        assert each.price == price


def test_prices_that_moved_since_they_were_shown_are_shown_again(owner, product):
    PriceRuleFactory(tier="member", basis="cost", rate=2_000)
    seen = prices.version_of_prices(prices.new_prices())
    Product.objects.update(cost=9_000)

    with pytest.raises(ChangedMeanwhile):
        prices.apply_margins(actor=owner, seen=seen, now=NOON)

    product.refresh_from_db()
    assert product.price == 10_000
    assert actions() == []


def test_the_calculator_says_what_each_tier_pays_and_what_it_leaves(english, product):
    PriceRuleFactory()
    PriceRuleFactory(tier="member", minimum_quantity=3, rate=1_500)

    words = text_of(english.get(calculator(product)))

    member, rest = words.split("VIP", 1)
    assert "3 Rp 25.500 Rp 1.500 6.3 %" in member
    assert "1 Rp 10.000 Rp 2.000 25.0 % usual price" in member
    assert "1 Rp 9.000 Rp 1.000 12.5 % VIP" in rest


def test_the_calculator_takes_what_somebody_bought_before(english, product):
    PriceRuleFactory(tier="member", minimum_volume=1_000_000, rate=500)

    without = text_of(english.get(calculator(product)))
    with_volume = text_of(english.get(calculator(product, belanja="1jt")))
    nonsense = text_of(english.get(calculator(product, belanja="x")))

    assert "Rp 9.500" not in without
    assert "1 Rp 9.500 Rp 1.500" in with_volume
    assert "Rp 9.500" not in nonsense


def test_the_calculator_reckons_a_top_up_by_its_cheapest_supplier(english, in_arcadia):
    topup = make_topup(price=11_000, cost=1)
    map_product(topup, make_account(), cost=10_000)
    PriceRuleFactory(rate=5_000)

    words = text_of(english.get(calculator(topup)))

    order = make_order(topup, customer=make_customer(tier="vip"), destination=SUCCEEDS)
    assert order.total == 10_000
    assert "1 Rp 10.000 Rp 0 0.0 % VIP" in words
    assert "5 Rp" not in words


def test_without_a_cost_the_calculator_claims_no_profit(english, in_arcadia):
    words = text_of(english.get(calculator(make_product(price=10_000))))

    assert "Nobody entered what this costs you" in words
    assert "1 Rp 10.000 – – usual price" in words


def test_a_cashier_neither_sees_margins_nor_sets_prices(in_arcadia, product):
    cashier = browser_of(make_member(Role.CASHIER))

    for address in (RULES, NEW, TERMS, MARGINS, calculator(product)):
        assert cashier.get(address).status_code == 403
    assert cashier.post(NEW, FORM).status_code == 403
    assert not PriceRule.objects.exists()
