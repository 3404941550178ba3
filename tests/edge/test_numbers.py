"""Numbers that somebody else wrote: in addresses, menus and custom ids."""

import re

import pytest
from django.urls import Resolver404, get_resolver, resolve
from django.urls.converters import IntConverter

from bot import ids
from bot.ui.clicks import Click
from ppob.kit.errors import NotFound
from ppob.kit.numbers import MOST, read_number
from tests.architecture.sources import calls, product
from tests.isolation.routes import all_routes


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), ("007", 7), (str(MOST), MOST)]
)
def test_plain_digits_are_a_number(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "+1", "-1", "1.0", "1e3", "1_0", "0x1", "٣", "²", "½", "1\n"),
        *(str(MOST + 1), "9" * 19, "9" * 4_400, None, 5),
    ],
)
def test_everything_else_is_none(text):
    assert read_number(text) is None


def test_a_number_may_have_a_bound_of_its_own():
    assert (read_number("10", most=10), read_number("11", most=10)) == (10, None)


def test_no_address_takes_numbers_without_a_bound():
    """Python gives up beyond 4,300 digits, and PostgreSQL beyond nineteen."""
    ours = [route for route in all_routes() if not route.pattern.startswith("admin/")]
    assert [route.pattern for route in ours if "<int:" in route.pattern] == []
    assert [each for each in _converters() if isinstance(each, IntConverter)] == []


def _converters():
    def walk(patterns):
        for entry in patterns:
            yield from entry.pattern.converters.values()
            if hasattr(entry, "url_patterns") and str(entry.pattern) != "admin/":
                yield from walk(entry.url_patterns)

    return walk(get_resolver().url_patterns)


def test_the_largest_key_has_an_address_and_the_next_has_none():
    assert resolve(f"/akun/sesi/{MOST}/akhiri/").kwargs == {"session_id": MOST}
    for odd in (str(MOST + 1), "9" * 4_400, "²", "٣", "-1"):
        with pytest.raises(Resolver404):
            resolve(f"/akun/sesi/{odd}/akhiri/")


def test_digits_from_outside_are_read_in_one_way():
    """`isdigit` lets “²” through, on which `int` fails."""
    elsewhere = [
        source.at(call)
        for source in product()
        if "/simulator/" not in source.path and source.path != "ppob/kit/numbers.py"
        for call, name in calls(source)
        if name.endswith((".isdigit", ".isdecimal", ".isnumeric"))
    ]

    # These look at the letters of a word and convert nothing.
    assert {place.partition(":")[0] for place in elsewhere} <= {
        "catalog/destinations/numbers.py",
        "inventory/codes/judging.py",
        "payments/gateways/qris.py",
        "security/secret_text.py",
        "tenants/history.py",
    }


@pytest.mark.parametrize("number", [0, 7, 1_250_000_000_000_000_000, 8_999 * 10**15])
def test_an_id_of_a_button_comes_back(number):
    found = re.fullmatch(ids.template("pick", "panel"), ids.custom_id("pick", number))

    assert found is not None
    assert int(found["panel"]) == number


@pytest.mark.parametrize("text", ["9" * 19, "9" * 40, "٣", "²", "-1", "", "1 ", "1\n"])
def test_what_no_column_holds_is_no_id_of_a_button(text):
    assert re.fullmatch(ids.template("pick", "panel"), f"v1:pick:{text}") is None


@pytest.mark.parametrize("values", [(), ("",), ("²",), ("9" * 19,), ("-1",), ("x",)])
def test_what_no_menu_offers_is_not_there(values):
    click = Click(interaction=None, shop=None, ids={}, values=values)

    with pytest.raises(NotFound):
        click.chosen_id()


def test_what_a_menu_offers_is_chosen():
    assert Click(interaction=None, shop=None, ids={}, values=("12",)).chosen_id() == 12
