"""JSON from other people's servers: everything odd is refused in one place."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.suppliers import wire as suppliers
from payments.gateways import wire as gateways
from ppob.kit import foreign
from ppob.kit.foreign import MOST_RUPIAH, Malformed


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"17",
        b"{",
        b"\xff",
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        '{"a": "é"}'.encode("latin-1"),
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": 1} {"a": 2}',
        b"[" * 60_000,
        b'{"a":' * 20_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": 1e}',
    ],
)
def test_what_is_no_json_object_is_malformed(body):
    with pytest.raises(Malformed):
        foreign.read_object(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_object_or_malformed(body):
    with suppress(Malformed):
        assert isinstance(foreign.read_object(body), dict)


def test_what_nobody_reads_is_left_alone():
    body = b'{"name": "\\ud800 \\u0000", "amount": 5, "odd": [1e400, {}]}'

    assert foreign.read_object(body)["amount"] == 5


@pytest.mark.parametrize("text", ["", "a", "é", "😀", "\u200b", "\uffff", "\t\n"])
def test_text_that_can_be_kept_is_kept(text):
    assert foreign.check_text(text, "name", most=5) == text


@pytest.mark.parametrize(
    "value", ["\x00", "a\x00b", "\ud800", "a\udfff", "123456", None, 5, True, [], {}]
)
def test_text_that_cannot_be_kept_is_malformed(value):
    with pytest.raises(Malformed):
        foreign.check_text(value, "name", most=5)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("Saldo kurang", "Saldo kurang"),
        ("a\x00b\ud800c\udfff", "a\ufffdb\ufffdc\ufffd"),
        ("x" * 30, "x" * 20),
        (None, ""),
        (17, ""),
        (["a"], ""),
    ],
)
def test_words_for_people_are_cleaned(value, clean):
    assert foreign.clean_text(value, most=20) == clean


@given(st.text())
def test_cleaned_words_can_always_be_kept(value):
    assert foreign.is_storable(foreign.clean_text(value, most=1_000))


@pytest.mark.parametrize("value", [1, 2, MOST_RUPIAH - 1, MOST_RUPIAH])
def test_numbers_in_range_pass(value):
    assert foreign.check_range(value, "amount", least=1) == value


@pytest.mark.parametrize(
    "value", [0, -1, MOST_RUPIAH + 1, 2**63, 2**80, 10**25, -(2**63)]
)
def test_numbers_out_of_range_are_malformed(value):
    with pytest.raises(Malformed):
        foreign.check_range(value, "amount", least=1)


def test_a_million_of_the_largest_payments_still_fit_into_64_bits():
    assert MOST_RUPIAH * 1_000_000 < 2**63


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (946_684_800, datetime(2000, 1, 1, tzinfo=UTC)),
        (4_102_444_799, datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_of_this_century_pass(value, moment):
    assert foreign.check_moment(value, "paid_at") == moment


@pytest.mark.parametrize(
    "value", [946_684_799, 4_102_444_800, 0, -1, 10**25, True, None, 1.5, "1", [1]]
)
def test_other_times_are_malformed(value):
    with pytest.raises(Malformed):
        foreign.check_moment(value, "paid_at")


def test_a_refusal_quotes_nothing_of_the_body():
    for body in (b'{"\\u0000": 1, "\\u0000": 2}', b'{"s3cret": NaN}'):
        with pytest.raises(Malformed) as refusal:
            foreign.read_object(body)
        assert "\x00" not in str(refusal.value)
        assert "s3cret" not in str(refusal.value)


def test_the_same_parser_serves_gateways_and_suppliers():
    assert gateways.read_object is suppliers.read_object is foreign.read_object
    assert gateways.Malformed is suppliers.Malformed is Malformed
