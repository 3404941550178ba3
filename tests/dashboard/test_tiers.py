"""Staff put a buyer into another tier: audited, nobody themselves, no old tab."""

import pytest

from payments.models import Order
from security.models import AuditEntry
from tenants.auth import OwnMoney
from tenants.models import Customer
from tenants.services import customers
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.dashboard.editing import forms_of
from tests.factories import (
    PriceRuleFactory,
    make_customer,
    make_member,
    make_order,
    make_product,
)


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def ayu(in_arcadia):
    return make_customer("ayu")


def page_of(customer):
    return f"/toko/arcadia/saldo/{customer.public_id}/"


def form_on(page):
    [form] = [each for each in forms_of(page) if each.action.endswith("/tingkat/")]
    return form


def tier_of(customer):
    return Customer.objects.get(pk=customer.pk).tier


def test_a_buyer_who_becomes_a_reseller_pays_less_from_then_on(english, ayu):
    PriceRuleFactory(tier="reseller")
    product = make_product(price=10_000, codes=2)
    before = make_order(product, customer=ayu)
    form = form_on(english.get(page_of(ayu)))

    answer = english.post(form.action, form.values | {"tier": "reseller"}, follow=True)

    assert "ayu pays the prices for Reseller from the next order on." in text_of(answer)
    ayu.refresh_from_db()
    assert make_order(product, customer=ayu).total == 9_000
    assert Order.objects.get(pk=before.pk).total == 10_000
    entry = AuditEntry.objects.get(action="customer.tier_changed")
    assert (entry.before, entry.after) == ({"tier": "member"}, {"tier": "reseller"})
    history = text_of(english.get("/toko/arcadia/pengaturan/riwayat/"))
    assert "Buyer's tier changed" in history


def test_the_same_tier_again_is_no_change(english, ayu):
    form = form_on(english.get(page_of(ayu)))

    english.post(form.action, form.values | {"tier": "member"})

    assert not AuditEntry.objects.filter(action="customer.tier_changed").exists()


def test_an_old_tab_does_not_undo_what_somebody_else_decided(english, ayu):
    form = form_on(english.get(page_of(ayu)))
    customers.change_tier(actor=make_member(), customer=ayu, tier="reseller", now=NOON)

    answer = english.post(form.action, form.values | {"tier": "vip"}, follow=True)

    assert "Nothing was saved" in text_of(answer)
    assert tier_of(ayu) == "reseller"


def test_a_tier_that_there_is_not_is_refused(english, ayu):
    form = form_on(english.get(page_of(ayu)))

    answer = english.post(form.action, form.values | {"tier": "gold"}, follow=True)

    assert "There is no such tier." in text_of(answer)
    assert tier_of(ayu) == "member"


def test_nobody_lowers_their_own_prices(english, owner):
    own = make_customer("me", discord_id=owner.user.discord_id)

    assert "/tingkat/" not in english.get(page_of(own)).content.decode()
    with pytest.raises(OwnMoney):
        customers.change_tier(actor=owner, customer=own, tier="vip", now=NOON)
    assert tier_of(own) == "member"


def test_a_cashier_reads_the_tier_and_does_not_set_it(in_arcadia, ayu):
    browser = browser_of(make_member(Role.CASHIER))
    browser.cookies["django_language"] = "en"

    page = browser.get(page_of(ayu))

    assert "Member" in text_of(page)
    assert "/tingkat/" not in page.content.decode()
    address = f"/toko/arcadia/pembeli/{ayu.public_id}/tingkat/"
    assert browser.post(address, {"tier": "vip"}).status_code == 403
    assert tier_of(ayu) == "member"
