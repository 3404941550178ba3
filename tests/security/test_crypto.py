"""Secrets at rest open in their own place only, and keys can be changed."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from security import crypto

K1 = "k1:" + base64.urlsafe_b64encode(b"1" * 32).decode()
K2 = "k2:" + base64.urlsafe_b64encode(b"2" * 32).decode()
PLACE = "7:inventory_stockitem.code:0190a1b2"


@pytest.fixture
def one_key(settings):
    settings.MASTER_KEYS = K1


@pytest.fixture
def rotated(one_key, settings):
    """A value of the old key, and a new key in front of it."""
    old = crypto.seal("old secret", context=PLACE)
    settings.MASTER_KEYS = f"{K2},{K1}"
    return old


@given(st.text(max_size=200))
def test_what_was_sealed_opens_in_its_place(text):
    assert crypto.open_sealed(crypto.seal(text, context=PLACE), context=PLACE) == text


def test_the_same_text_is_never_sealed_to_the_same_bytes(one_key):
    values = {crypto.seal("same", context=PLACE) for _ in range(200)}

    assert len(values) == 200
    assert all(b"same" not in value for value in values)


@pytest.mark.parametrize(
    "place",
    [
        "8:inventory_stockitem.code:0190a1b2",
        "7:payments_paymentmethod.credentials:0190a1b2",
        "7:inventory_stockitem.code:0190a1b3",
        "",
        PLACE + " ",
    ],
)
def test_a_value_does_not_open_in_another_place(one_key, place):
    value = crypto.seal("secret", context=PLACE)

    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(value, context=place)


def test_a_value_with_one_wrong_bit_does_not_open(one_key):
    value = crypto.seal("secret", context=PLACE)

    for position in range(len(value)):
        changed = bytearray(value)
        changed[position] ^= 1
        with pytest.raises(crypto.CannotOpen):
            crypto.open_sealed(bytes(changed), context=PLACE)


@pytest.mark.parametrize("value", [b"", b"k1", b"k1\0", b"k1\0short", b"\xff\0" * 20])
def test_what_was_never_sealed_does_not_open(one_key, value):
    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(value, context=PLACE)


def test_the_first_key_seals_and_all_open(rotated):
    fresh = crypto.seal("new secret", context=PLACE)

    assert crypto.key_id_of(fresh) == crypto.active_key_id() == "k2"
    assert crypto.key_id_of(rotated) == "k1"
    assert crypto.open_sealed(fresh, context=PLACE) == "new secret"
    assert crypto.open_sealed(rotated, context=PLACE) == "old secret"


def test_a_value_of_a_key_that_was_dropped_does_not_open(rotated, settings):
    settings.MASTER_KEYS = K2

    with pytest.raises(crypto.CannotOpen, match="not configured"):
        crypto.open_sealed(rotated, context=PLACE)


def test_another_key_of_the_same_name_does_not_open(rotated, settings):
    settings.MASTER_KEYS = K2.replace("k2:", "k1:")

    with pytest.raises(crypto.CannotOpen):
        crypto.open_sealed(rotated, context=PLACE)


def test_fingerprints_survive_a_change_of_keys(one_key, settings):
    before = crypto.fingerprint("ABC-123", purpose="stock code")
    settings.MASTER_KEYS = f"{K2},{K1}"

    assert crypto.fingerprint("ABC-123", purpose="stock code") == before
    assert len(before) == 64
    assert crypto.fingerprint("ABC-124", purpose="stock code") != before
    assert crypto.fingerprint("ABC-123", purpose="other") != before


@pytest.mark.parametrize(
    "listed", ["", "k1", "k1:short", ":" + "A" * 44, "k1:" + "!" * 44, f"{K1},"]
)
def test_keys_that_cannot_be_used_stop_the_installation(settings, listed):
    settings.MASTER_KEYS = listed

    with pytest.raises(ImproperlyConfigured):
        crypto.active_key_id()
