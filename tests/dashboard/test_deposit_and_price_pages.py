"""How long deposits last and what price lists changed, as a seller sees it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.dashboard.price_changes import ROWS
from inventory.models import PriceChange, SupplierAccount
from inventory.suppliers.digiflazz.simulator.world import TOKO_DEWI
from ppob.kit import clock
from tenants.states import Role
from tests.conftest import NOON
from tests.dashboard.conftest import browser_of, text_of
from tests.factories import make_member
from tests.inventory.suppliers import make_account, make_topup, map_product
from tests.inventory.test_deposit_forecast import spend

LIST, HOME = "/toko/arcadia/pemasok/", "/toko/arcadia/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


def page_of(account):
    return f"{LIST}{account.public_id}/"


def changes_of(account):
    return f"{page_of(account)}harga/"


def changed(account, sku, old, new, *, kind="up", **fields):
    return PriceChange.objects.create(
        account=account,
        sku=sku,
        name=f"Item {sku}",
        kind=kind,
        old_cost=old,
        new_cost=new,
        since=NOON - timedelta(days=1),
        at=NOON,
        **fields,
    )


# --- Deposits -------------------------------------------------------------------------


def test_the_suppliers_pages_say_how_long_a_deposit_lasts(english, in_arcadia):
    account = make_account(deposit=100_000, deposit_at=NOON)
    spend(account)

    for page in (LIST, page_of(account)):
        words = text_of(english.get(page))
        assert "lasts about 10 h 0 min" in words
        assert "add Rp 150.000, and it lasts a day" in words


def test_what_lasts_two_days_and_more_is_said_in_days(english, in_arcadia):
    account = make_account(deposit=500_000, deposit_at=NOON)
    spend(account)

    words = text_of(english.get(page_of(account)))

    assert "lasts about 2 d 2 h" in words
    assert "and it lasts a day" not in words


@pytest.mark.parametrize(
    ("deposit", "sentence"),
    [
        (9_000_000, "lasts longer than two weeks"),
        (None, "not read yet"),
    ],
)
def test_what_cannot_be_said_is_not_said(english, in_arcadia, deposit, sentence):
    account = make_account(deposit=deposit, deposit_at=NOON if deposit else None)
    spend(account)

    words = text_of(english.get(page_of(account)))

    assert sentence in words
    assert "lasts about" not in words


def test_too_little_is_said_to_be_too_little(english, in_arcadia):
    account = make_account(deposit=100_000, deposit_at=NOON)

    words = text_of(english.get(page_of(account)))

    assert "too little was bought to say how long it lasts" in words


def test_the_start_page_warns_who_may_see_costs(english, in_arcadia):
    account = make_account(deposit=33_400, deposit_at=NOON)
    spend(account)
    sentence = (
        "The deposit at Digiflazz lasts about 3 h 20 min. Add at least Rp 250.000."
    )
    assert sentence not in text_of(english.get(HOME))

    SupplierAccount.objects.update(low_at=NOON)

    assert sentence in text_of(english.get(HOME))
    cashier = browser_of(make_member(Role.CASHIER))
    assert "Digiflazz" not in text_of(cashier.get(HOME))


# --- Price changes --------------------------------------------------------------------


def test_a_supplier_without_news_says_when_there_will_be(english, in_arcadia):
    account = make_account()

    assert changes_of(account) in english.get(page_of(account)).content.decode()
    assert "Nothing has changed yet" in text_of(english.get(changes_of(account)))


def test_a_change_says_what_it_was_and_is(english, in_arcadia):
    account = make_account()
    changed(account, "ml86", 18_000, 18_500)
    changed(account, "ff70", None, 9_000, kind="new")
    PriceChange.objects.create(account=account, kind="first", lines=1_250, at=NOON)

    words = text_of(english.get(changes_of(account)))

    assert "Item ml86 ml86 Dearer Rp 18.000 → Rp 18.500 not sold" in words
    assert "Item ff70 ff70 New Rp 9.000 not sold" in words
    assert "1250 lines together First list" in words.replace("1.250", "1250")


@pytest.mark.parametrize(
    ("price", "old", "new", "sentence", "stands_out"),
    [
        (20_000, 18_000, 18_500, "profit Rp 1.500 of Rp 2.000", False),
        (30_000, 18_000, 19_799, "profit Rp 10.201 of Rp 12.000", False),
        (30_000, 18_000, 19_800, "profit Rp 10.200 of Rp 12.000", True),
        (18_500, 18_000, 18_500, "profit Rp 0 of Rp 500", True),
        (18_000, 18_000, 18_500, "profit -Rp 500 of Rp 0", True),
    ],
)
def test_what_is_sold_stands_out_when_little_is_left(
    english, in_arcadia, price, old, new, sentence, stands_out
):
    account = make_account()
    map_product(make_topup(price=price), account, sku="ml86", cost=new)
    changed(account, "ml86", old, new)

    answer = english.get(changes_of(account))

    assert sentence in text_of(answer)
    assert ("badge-bad" in answer.content.decode()) == stands_out


def test_cheaper_never_stands_out(english, in_arcadia):
    account = make_account()
    map_product(make_topup(price=100), account, sku="ml86", cost=17_000)
    changed(account, "ml86", 18_000, 17_000, kind="down")

    assert "badge-bad" not in english.get(changes_of(account)).content.decode()


def test_kinds_and_words_are_filtered(english, in_arcadia):
    account = make_account()
    changed(account, "ml86", 18_000, 18_500)
    changed(account, "ff70", 18_000, 17_000, kind="down")
    page = changes_of(account)

    dearer = text_of(english.get(page, {"jenis": "up"}))
    found = text_of(english.get(page, {"cari": "FF70"}))
    none = text_of(english.get(page, {"jenis": "down", "cari": "ml86"}))
    odd = text_of(english.get(page, {"jenis": "nonsense"}))

    assert ("Item ml86" in dearer, "Item ff70" in dearer) == (True, False)
    assert ("Item ml86" in found, "Item ff70" in found) == (False, True)
    assert "Nothing found" in none
    assert ("Item ml86" in odd, "Item ff70" in odd) == (True, True)


def test_changes_are_shown_a_hundred_at_a_time(english, in_arcadia):
    account = make_account()
    for number in range(ROWS + 1):
        changed(account, f"sku{number:03}", 1, 2)

    first = english.get(changes_of(account))
    [oldest] = PriceChange.objects.filter(sku="sku001")
    second = english.get(changes_of(account), {"sebelum": oldest.pk})

    assert text_of(first).count("Dearer Rp 1") == ROWS
    assert f"sebelum={oldest.pk}" in first.content.decode()
    assert "sku000" not in text_of(first)
    assert text_of(second).count("Dearer Rp 1") == 1


def test_more_rows_ask_no_more_questions(english, in_arcadia):
    account = make_account()
    for number in range(3):
        product = make_topup(sku=f"P{number}")
        map_product(product, account, sku=f"sku{number}", cost=2)
        changed(account, f"sku{number}", 1, 2)

    def count():
        with CaptureQueriesContext(connection) as queries:
            english.get(changes_of(account))
        return len(queries)

    before = count()
    for number in range(3, 9):
        product = make_topup(sku=f"P{number}")
        map_product(product, account, sku=f"sku{number}", cost=2)
        changed(account, f"sku{number}", 1, 2)
    assert count() == before


def test_another_accounts_changes_are_not_shown(english, in_arcadia):
    account, other = make_account(), make_account(TOKO_DEWI)
    changed(other, "ml86", 18_000, 18_500)

    assert "ml86" not in text_of(english.get(changes_of(account)))
