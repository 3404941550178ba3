"""Whatever a gateway signs or answers is a fact in our words, or our refusal."""

import json
from contextlib import suppress
from dataclasses import fields
from datetime import datetime

import httpx
import pytest
import respx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments.gateways import base
from payments.gateways.tripay.adapter import MAX_REFERENCE, TripayGateway
from ppob.kit.foreign import MOST_RUPIAH, is_storable
from tests.payments.test_gateway_tripay import CALLBACK, CONFIG, DETAIL, REQUEST, signed

GATEWAY = TripayGateway(CONFIG)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**60, max_value=2**90)
    | st.floats()
    | st.text(alphabet=st.characters(codec=None), max_size=90)
    | st.sampled_from(["\x00", "\ud800", "PAID", "UNPAID", "19500", "R" * 600]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
ODD = [
    10**25,
    2**80,
    MOST_RUPIAH + 1,
    -1,
    0,
    "19500",
    "",
    "a\x00",
    "\udfff",
    "R" * 3_000,
    None,
    True,
    1.5,
    1e400,
    [],
    [[[]]],
    {},
    {"a": {"b": 1}},
]


def changed(data):
    """The documented message with one to three fields replaced or lost."""
    keys = st.sampled_from(sorted(data))
    replaced = st.dictionaries(keys, JSON | st.sampled_from(ODD), max_size=3)
    lost = st.sets(keys, max_size=2)
    return st.builds(
        lambda new, gone: {
            key: value for key, value in {**data, **new}.items() if key not in gone
        },
        replaced,
        lost,
    )


def fits_columns(fact):
    """Every value of the fact can be stored and shown."""
    for field in fields(fact):
        value = getattr(fact, field.name)
        if isinstance(value, str):
            assert is_storable(value)
        elif isinstance(value, int):
            least = 0 if field.name == "fee" else 1
            assert least <= value <= MOST_RUPIAH
        elif isinstance(value, datetime):
            assert 2000 <= value.year < 2100
    assert len(fact.gateway_reference) <= MAX_REFERENCE <= 80


def is_fact(fact):
    assert isinstance(fact, base.PaymentFact)
    assert isinstance(fact.state, base.FactState)
    assert type(fact.amount) is int
    assert len(fact.event_key) <= 100  # the key of a receipt is not cut
    fits_columns(fact)


@given(st.one_of(changed(CALLBACK), JSON))
@settings(max_examples=400, deadline=None)
def test_a_callback_is_a_fact_or_odd(content):
    body = json.dumps(content).encode()

    with suppress(base.OddCallback):
        is_fact(GATEWAY.read_callback(signed(body), body))


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_signed_bytes_are_odd_and_nothing_worse(body):
    with pytest.raises(base.OddCallback):
        GATEWAY.read_callback(signed(body), body)


@given(st.binary(max_size=60), st.text(alphabet=st.characters(codec=None), max_size=70))
@settings(max_examples=200, deadline=None)
def test_any_bytes_with_any_signature_are_refused(body, signature):
    headers = {"X-Callback-Signature": signature, "X-Callback-Event": "payment_status"}

    with pytest.raises(base.BadCallback) as refusal:
        GATEWAY.read_callback(headers, body)
    assert refusal.value.code == "BAD_SIGNATURE"


def test_the_longest_reference_and_amount_still_make_a_whole_key():
    body = json.dumps(
        CALLBACK | {"reference": "R" * MAX_REFERENCE, "total_amount": MOST_RUPIAH}
    ).encode()

    fact = GATEWAY.read_callback(signed(body), body)

    assert fact.amount == MOST_RUPIAH
    assert fact.event_key == f"{'R' * MAX_REFERENCE}:PAID:{MOST_RUPIAH}"
    assert len(fact.event_key) <= 100


@pytest.mark.parametrize("value", ODD, ids=str)
@pytest.mark.parametrize("name", ["reference", "status", "total_amount"])
def test_each_field_that_counts_is_refused_when_it_is_odd(name, value):
    if (name, value) == ("reference", "19500"):
        value = 19_500  # as text it is a reference like any other
    body = json.dumps(CALLBACK | {name: value}).encode()

    with pytest.raises(base.OddCallback) as refusal:
        GATEWAY.read_callback(signed(body), body)
    assert refusal.value.code == "MALFORMED"


# --- Answers to our own calls ---


@pytest.fixture(scope="module")
def tripay():
    with respx.mock(
        base_url="https://tripay.co.id/api-sandbox", assert_all_called=False
    ) as mocked:
        yield mocked


def says(tripay, path, method, content):
    body = json.dumps(content).encode()
    tripay.route(method=method, path__regex=f".*{path}$").mock(
        return_value=httpx.Response(200, content=body)
    )


OURS = (base.ProviderRefused, base.ProviderUnreachable, base.OutcomeUnknown)
ANSWERS = st.one_of(
    changed(DETAIL).map(lambda data: {"success": True, "data": data}),
    JSON.map(lambda data: {"success": True, "data": data}),
    JSON.map(lambda message: {"success": False, "message": message}),
    JSON,
)
examined = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@given(ANSWERS)
@examined
def test_an_answer_about_a_payment_is_a_fact_or_one_of_our_refusals(tripay, content):
    says(tripay, "/transaction/detail", "GET", content)

    with suppress(*OURS):
        is_fact(GATEWAY.look_up("PPOB-1", gateway_reference="DEV-T1"))


@given(ANSWERS)
@examined
def test_an_answer_to_a_charge_is_a_charge_or_one_of_our_refusals(tripay, content):
    says(tripay, "/transaction/create", "POST", content)

    with suppress(*OURS):
        charge = GATEWAY.create_charge(REQUEST)
        fits_columns(charge)
        assert len(charge.page_url) <= 500


@given(
    st.lists(changed(DETAIL) | JSON, max_size=3).map(
        lambda items: {"success": True, "data": items}
    )
    | ANSWERS,
    ANSWERS,
)
@examined
def test_looking_for_a_charge_finds_one_or_none_or_refuses(tripay, listed, detail):
    says(tripay, "/merchant/transactions", "GET", listed)
    says(tripay, "/transaction/detail", "GET", detail)

    with suppress(*OURS):
        charge = GATEWAY.find_charge("PPOB-1")
        if charge is not None:
            fits_columns(charge)
    with suppress(*OURS):
        is_fact(GATEWAY.look_up("PPOB-1"))
