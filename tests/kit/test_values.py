"""Amounts, identifiers, languages and refusals."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext as _
from hypothesis import given
from hypothesis import strategies as st

from ppob.kit import ids, money
from ppob.kit.drf import problem
from ppob.kit.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound
from ppob.kit.i18n import language_of, speaking


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("19500", 19_500),
        ("19.500", 19_500),
        ("Rp 19.500", 19_500),
        ("rp19.500", 19_500),
        ("Rp. 1.250.000", 1_250_000),
        ("  7 ", 7),
        ("20rb", 20_000),
        ("20 ribu", 20_000),
        ("20K", 20_000),
        ("2jt", 2_000_000),
        ("2 juta", 2_000_000),
        ("1", 1),
        ("1000000000", 1_000_000_000),
        ("Rp 19.588", 19_588),
        ("Rp19.588", 19_588),
        ("19.588,00", 19_588),
        ("19588,00", 19_588),
        ("Rp 19.588,00", 19_588),
        ("19.588,-", 19_588),
        ("Rp. 19.588,-", 19_588),
        ("19.588,--", 19_588),
        ("19.588,\u2013", 19_588),
        ("19.588.-", 19_588),
        ("IDR 19588", 19_588),
        ("Rp\u00a019.588", 19_588),
        ("Rp\u202f19.588", 19_588),
        ("19\u2009588", 19_588),
        ("1\u00a0234\u00a0567", 1_234_567),
        ("\u200b19.588\ufeff", 19_588),
        ("29,834.00", 29_834),
        ("1,234,567.00", 1_234_567),
        ("1,234,567", 1_234_567),
        ("1,5jt", 1_500_000),
        ("1.25 juta", 1_250_000),
        ("19,5rb", 19_500),
    ],
)
def test_what_people_type_is_read_as_rupiah(typed, amount):
    assert money.read_amount(typed) == amount


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "0",
        "-5",
        "+5",
        "1.5",
        "1,5",
        "19.50",
        "19.5000",
        "1.2.3",
        "1e6",
        "1_000",
        "½",
        "٣٠٠٠",
        "19500 IDR",
        "$5",
        "rb",
        "19.588,5",
        "19.588,50",
        "29,834.50",
        "19.588,-5",
        "019.500",
        "0.500",
        "1.234,567",
        "1,234.567",
        "1 234.567",
        "19\u00b2",
        "\uff11\uff19",
        "Rp-5",
        "1000000001",
        "1001jt",
        "9" * 400,
        "NaN",
        "1\n2",
        "0x10",
    ],
)
def test_anything_else_is_refused_with_the_range(typed):
    with translation.override("en"), pytest.raises(money.InvalidAmount) as refusal:
        money.read_amount(typed, field="price")

    assert refusal.value.field == "price"
    assert "Rp 1 " in str(refusal.value)
    assert "Rp 1.000.000.000" in str(refusal.value)


@pytest.mark.parametrize(
    "typed", ["19,588", "Rp 19,588", "1,500", "19,588,-", "1.500rb", "1,500 jt"]
)
def test_what_can_be_read_in_two_ways_is_refused_and_shown_how(typed):
    with translation.override("en"), pytest.raises(money.InvalidAmount) as refusal:
        money.read_amount(typed)

    assert "can be read in two ways" in str(refusal.value)
    assert "Rp 19.500 or 19500" in str(refusal.value)


def test_a_form_that_is_not_taken_is_answered_with_those_that_are():
    with translation.override("en"), pytest.raises(money.InvalidAmount) as refusal:
        money.read_amount("19.588,50")

    assert "19500, 19.500, Rp 19.500,00 or 20rb" in str(refusal.value)


def test_an_amount_outside_the_range_asked_for_is_refused():
    with pytest.raises(money.InvalidAmount):
        money.read_amount("500", minimum=1_000)
    with pytest.raises(money.InvalidAmount):
        money.read_amount("20rb", maximum=19_999)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "Rp 0"),
        (999, "Rp 999"),
        (19_500, "Rp 19.500"),
        (-1_000, "-Rp 1.000"),
        (1_000_000_000, "Rp 1.000.000.000"),
    ],
)
def test_amounts_are_shown_the_indonesian_way(amount, shown):
    assert money.rupiah(amount) == shown


@given(st.integers(min_value=1, max_value=money.MAX_AMOUNT))
def test_what_is_shown_is_read_back_as_the_same_amount(amount):
    assert money.read_amount(money.rupiah(amount)) == amount


def _grouped(amount: int, mark: str) -> str:
    return f"{amount:,}".replace(",", mark)


@given(
    amount=st.integers(min_value=1, max_value=money.MAX_AMOUNT),
    before=st.sampled_from(["", "Rp", "rp ", "Rp. ", "Rp\u00a0", "IDR\u2009"]),
    mark=st.sampled_from(["", ".", " ", "\u00a0", "\u2009", "\u202f"]),
    after=st.sampled_from(["", ",00", ",-", ",--", ".-", ",\u2014"]),
)
def test_however_an_amount_is_written_here_it_is_never_off_by_a_factor(
    amount, before, mark, after
):
    assert money.read_amount(f"{before}{_grouped(amount, mark)}{after}") == amount


@given(st.from_regex(r"(Rp ?)?[0-9]{1,6}([.,][0-9]{1,4}){0,3}(,-)?", fullmatch=True))
def test_no_reading_moves_the_decimal_mark(typed):
    """What is read has the digits that were typed, less sen that are zero."""
    try:
        amount = money.read_amount(typed)
    except money.InvalidAmount:
        return
    digits = re.sub(r"[^0-9]", "", re.sub(r"[.,]00$", "", typed))
    assert amount == int(digits)


@given(st.text(max_size=30))
def test_no_text_at_all_is_read_as_an_amount_out_of_range(typed):
    try:
        amount = money.read_amount(typed)
    except money.InvalidAmount:
        return
    assert 1 <= amount <= money.MAX_AMOUNT


def test_a_code_has_no_letters_that_are_taken_for_others():
    codes = {ids.new_code() for _ in range(2_000)}

    assert len(codes) > 1_990
    assert all(re.fullmatch(r"[3467ACDEFGHJKMNPQRTUVWXY-]{7}", code) for code in codes)
    assert all(code[3] == "-" for code in codes)
    assert not set("0O1IL2Z5S8B") & set(ids.ALPHABET)
    assert len(set(ids.ALPHABET)) == len(ids.ALPHABET) == 24


def test_ids_are_uuids_in_the_order_they_were_made():
    made = [ids.new_id() for _ in range(1_000)]

    assert {each.version for each in made} == {7}
    assert made == sorted(made)
    assert len(set(made)) == 1_000


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("id", "id"),
        ("id-ID", "id"),
        ("ID", "id"),
        ("en-US", "en"),
        ("en-GB", "en"),
        ("ja", "en"),
        ("pt-BR", "en"),
        ("idx", "en"),
        ("", "id"),
        (None, "id"),
    ],
)
def test_a_locale_becomes_one_of_two_languages(locale, language):
    assert language_of(locale) == language


def test_without_a_locale_the_default_counts():
    assert language_of(None, default="en") == "en"


def test_a_language_is_spoken_until_its_end():
    with speaking("en"):
        assert _("There is nothing here.") == "There is nothing here."
        with speaking("id"):
            assert translation.get_language() == "id"
        assert translation.get_language() == "en"


def test_a_refusal_is_worded_in_the_readers_language():
    refusal = NotFound()

    with speaking("en"):
        assert str(refusal) == "There is nothing here."


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (DomainError(), 400, "REFUSED"),
        (InvalidInput("No.", field="price"), 400, "INVALID_INPUT"),
        (NotAllowed(), 403, "NOT_ALLOWED"),
        (NotFound(), 404, "NOT_FOUND"),
        (Conflict(), 409, "CONFLICT"),
    ],
)
def test_a_refusal_tells_programs_what_it_is(refusal, status, code):
    body = problem(refusal)

    assert (body["status"], body["code"]) == (status, code)
    assert body.get("field") == ("price" if code == "INVALID_INPUT" else None)
