"""What IAK's wire may do, and whom its keys may reach."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.suppliers import base
from inventory.suppliers.base import LookUp, PurchaseFact
from inventory.suppliers.iak import adapter as iak
from inventory.suppliers.iak.adapter import Iak
from ppob.kit.http import HttpClient, Response
from tests.inventory.iak import BOUGHT, CONFIG, LINE, LIVE, PLAYER, REQUEST, report
from tests.kit import rough
from tests.providers import changed

CALLS = {
    "buy": lambda supplier: supplier.buy(REQUEST),
    "look up": lambda supplier: supplier.look_up(REQUEST),
    "balance": lambda supplier: supplier.read_balance(),
    "prices": lambda supplier: supplier.list_prices(),
    "name": lambda supplier: supplier.find_name("ML", PLAYER),
}


# --- Keys and hosts -------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://prepaid.iak.dev",
        "https://evil.prepaid.iak.id",
        "https://iak.id",
        "https://evil.example@prepaid.iak.id",
        "http://localhost:8300/iak",
    ],
)
def test_a_real_key_goes_to_iak_only(address):
    with pytest.raises(base.WrongCredentials) as refusal:
        Iak(changed(LIVE, base_url=address))

    assert refusal.value.code == "WRONG_ADDRESS"
    assert Iak(LIVE).spec.addresses[base.Mode.LIVE] == LIVE.base_url


@pytest.mark.parametrize(
    "address",
    [
        "https://prepaid.iak.id",
        "https://PREPAID.IAK.ID/",
        "http://prepaid.iak.id",
        "https://prepaid.iak.id:8443",
    ],
)
def test_a_test_account_never_reaches_real_money(address):
    with pytest.raises(base.WrongCredentials) as refusal:
        Iak(changed(CONFIG, base_url=address))

    assert refusal.value.code == "WRONG_ADDRESS"


# --- Calls that are cut ---------------------------------------------------------------


def supplier_at(url, monkeypatch):
    monkeypatch.setattr(
        iak,
        "_client",
        lambda url, *_limits: HttpClient(
            url, name="iak", connect_secs=0.4, read_secs=0.4
        ),
    )
    return Iak(changed(CONFIG, base_url=url))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("way", rough.WAYS)
def test_a_call_that_was_cut_leaves_its_outcome_open(way, call, monkeypatch):
    with rough.rough_server(rough.WAYS[way]) as server:
        with pytest.raises(base.OutcomeUnknown):
            CALLS[call](supplier_at(server.url, monkeypatch))

        assert len(server.heard) <= 1  # a second one would be a second top-up


@pytest.mark.parametrize("call", CALLS)
def test_a_supplier_that_is_not_there_was_not_reached(call, monkeypatch):
    with rough.nobody_listens() as server, pytest.raises(base.ProviderUnreachable):
        CALLS[call](supplier_at(server.url, monkeypatch))


# --- Anything at all ------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("a1. \0\ud800é１", max_size=12)
    | st.sampled_from([0, 1, 2, "00", "07", "17", "39", "order1", 2**63, -1, 10**25]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = st.dictionaries(st.sampled_from([*BOUGHT, "pin", "note"]), JSON, max_size=6)
ERRORS = (base.ProviderRefused, base.ProviderUnreachable, base.OutcomeUnknown)


class Answer:
    """A wire that brings this body, whatever was asked."""

    def __init__(self, body, status=200):
        self.response = Response(status, body, {})

    def request(self, method, path, *, json):
        return self.response


def asked(call, body, status=200):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(iak, "_client", lambda *_limits: Answer(body, status))
        return CALLS[call](Iak(CONFIG))


@given(
    FIELDS, st.sampled_from([200, 302, 400, 500]), st.sampled_from(["buy", "look up"])
)
def test_any_answer_is_a_fact_or_one_of_three_errors(changes, status, call):
    body = json.dumps({"data": BOUGHT | changes}).encode()

    with contextlib.suppress(*ERRORS):
        fact = asked(call, body, status)
        assert isinstance(fact, PurchaseFact)
        assert fact.ref_id == "order1"
        assert fact.cost is None or type(fact.cost) is int
        assert len(fact.serial_number) <= 4_000
        assert status in (200, 400)


@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_no_purchase(body):
    for call in CALLS:
        with pytest.raises(ERRORS):
            asked(call, body)


@given(st.lists(JSON | FIELDS.map(lambda some: LINE | some), max_size=4))
def test_any_price_list_is_read_as_far_as_it_can_be(lines):
    body = json.dumps({"data": lines}).encode()

    with contextlib.suppress(*ERRORS):
        for product in asked("prices", body):
            assert type(product.cost) is int
            assert product.cost >= 0


@given(FIELDS)
def test_any_signed_callback_only_says_where_to_ask(changes):
    changes.pop("ref_id", None)

    with contextlib.suppress(base.BadCallback):
        found = Iak(CONFIG).read_callback({}, report(**changes))
        assert found == LookUp(reference="order1")
