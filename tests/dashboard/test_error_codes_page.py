"""A seller types the code that a buyer was told, and reads what it was."""

import pytest

from bot.dashboard import errors as page
from ppob.kit.scope import tenant_scope
from tenants.states import Role
from tests.dashboard.conftest import browser_of, text_of
from tests.factories import ErrorReportFactory, make_customer, make_member

ERRORS = "/toko/arcadia/gangguan/"


@pytest.fixture
def english(browser):
    browser.cookies["django_language"] = "en"
    return browser


def test_the_code_says_what_when_who_and_what_to_do(english):
    ayu = make_customer("ayu", discord_id=77)
    ErrorReportFactory(code="K7F-3QX", doing="v1:pieces:5", discord_id=77)

    words = text_of(english.get(f"{ERRORS}?cari=k7f3qx"))

    assert "K7F-3QX What failed Choosing a quantity When 14 Mar, 12:00" in words
    assert f"Who {ayu} Kind RuntimeError What to do:" in words


def test_an_unknown_code_says_so_and_for_how_long_codes_are_kept(english):
    words = text_of(english.get(f"{ERRORS}?cari=AAA-AAA"))

    assert "There is no error with the code “AAA-AAA”" in words
    assert "30 days" in words


def test_a_code_of_another_store_is_unknown(english, borealis):
    with tenant_scope(borealis.pk):
        ErrorReportFactory(code="K7F-3QX", discord_id=77)
        make_customer("secret-name", discord_id=77)

    words = text_of(english.get(f"{ERRORS}?cari=K7F-3QX"))

    assert "There is no error with the code" in words
    assert "secret-name" not in words


def test_what_failed_lately_is_listed_newest_first_page_by_page(english, monkeypatch):
    monkeypatch.setattr(page, "PAGE", 2)
    for number in (1, 2, 3):
        ErrorReportFactory(code=f"AAA-AA{number}")

    words = text_of(english.get(ERRORS))

    assert words.index("AAA-AA3") < words.index("AAA-AA2")
    assert "AAA-AA1" not in words
    older = english.get(ERRORS).context["older"]
    assert "AAA-AA1" in text_of(english.get(f"{ERRORS}?sebelum={older}"))


def test_who_sees_orders_looks_codes_up(in_arcadia):
    ErrorReportFactory(code="K7F-3QX")
    viewer = browser_of(make_member(Role.VIEWER))

    assert "K7F-3QX" in text_of(viewer.get(ERRORS))


@pytest.mark.parametrize("query", ["sebelum=²", f"sebelum={'9' * 50}", "cari=²"])
def test_nonsense_in_the_address_breaks_nothing(english, query):
    assert english.get(f"{ERRORS}?{query}").status_code == 200
