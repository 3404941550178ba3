"""What Digiflazz's wire may do: cut calls, forged signatures, foreign hosts, fuzz."""

import contextlib
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.suppliers import base
from inventory.suppliers.base import FactState, PurchaseFact
from inventory.suppliers.digiflazz import adapter as digiflazz
from inventory.suppliers.digiflazz.adapter import Digiflazz
from ppob.kit.http import HttpClient, Response
from tests.conftest import NOON
from tests.kit import rough
from tests.providers import changed, config_of

SECRET = "s3cret"
CONFIG = config_of(
    base_url="http://127.0.0.1:1/v1",
    username="demo",
    api_key="dev-demo-key",
    webhook_secret=SECRET,
)
LIVE = changed(
    CONFIG, base_url="https://api.digiflazz.com/v1", api_key="live", mode=base.Mode.LIVE
)
REQUEST = base.PurchaseRequest(
    ref_id="TRX1",
    sku="xld10",
    destination="087800001230",
    ceiling=11_000,
    callback_url="https://shop.example/callbacks/",
    first_sent_at=NOON,
    sent_at=NOON,
)
BOUGHT = {
    "ref_id": "TRX1",
    "message": "Transaksi Sukses",
    "status": "Sukses",
    "rc": "00",
    "sn": "1234567890",
    "price": 10_000,
}
BODY = json.dumps({"data": BOUGHT}).encode()
SIGNATURE = "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()

CALLS = {
    "buy": lambda supplier: supplier.buy(REQUEST),
    "look up": lambda supplier: supplier.look_up(REQUEST),
    "balance": lambda supplier: supplier.read_balance(),
    "prices": lambda supplier: supplier.list_prices(),
}


def supplier_at(url, monkeypatch):
    monkeypatch.setattr(
        digiflazz,
        "_client",
        lambda url, *_limits: HttpClient(
            url, name="digiflazz", connect_secs=0.4, read_secs=0.4
        ),
    )
    return Digiflazz(changed(CONFIG, base_url=f"{url}/v1"))


# --- Calls that are cut ---------------------------------------------------------------


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


# --- Signatures -----------------------------------------------------------------------


def near_misses(signature):
    """Everything that looks like this signature and is not it."""
    digest = signature.removeprefix("sha1=")
    yield from (signature[:length] for length in range(len(signature)))
    yield from (
        digest,
        f"sha256={digest}",
        f"SHA1={digest}",
        f"sha1={digest.upper()}",
        f"sha1= {digest}",
        f" {signature}",
        f"{signature} ",
        f"{signature}0",
        f"{signature}\0",
        f"sha1=sha1={digest}",
        signature + signature,
        signature.replace("a", "\u0430").replace("1", "１"),
        "sha1=" + "é" * 40,
        "sha1=" + hmac.new(b"", BODY, hashlib.sha1).hexdigest(),
        "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(),
        "sha1=" + hashlib.sha1(BODY).hexdigest(),
        "sha1=" + hmac.new(BODY, SECRET.encode(), hashlib.sha1).hexdigest(),
    )


@pytest.mark.parametrize("signature", list(near_misses(SIGNATURE)))
def test_a_signature_is_compared_whole(signature):
    with pytest.raises(base.BadCallback) as refusal:
        Digiflazz(CONFIG).read_callback({"X-Hub-Signature": signature}, BODY)

    assert refusal.value.code == "BAD_SIGNATURE"


def test_the_signature_itself_is_believed():
    fact = Digiflazz(CONFIG).read_callback({"X-Hub-Signature": SIGNATURE}, BODY)

    assert (fact.ref_id, fact.state) == ("TRX1", FactState.SUCCEEDED)


# --- Hosts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://evilapi.digiflazz.com/v1",
        "https://evil.api.digiflazz.com/v1",
        "https://digiflazz.com/v1",
        "https://evildigiflazz.com/v1",
        "https://api.digiflazz.com.evil.example/v1",
        "https://api.digiflazz.com@evil.example/v1",
        "https://evil.example@api.digiflazz.com/v1",
        "https://api.digiflazz.com:8443/v1",
        "https://evil.example\\@api.digiflazz.com/v1",
        "http://api.digiflazz.com/v1",
        "//api.digiflazz.com/v1",
        "https://evil.example/api.digiflazz.com",
        "http://localhost:8300/v1",
    ],
)
def test_a_real_key_goes_to_digiflazz_only(address):
    with pytest.raises(base.WrongCredentials) as refusal:
        Digiflazz(changed(LIVE, base_url=address))

    assert refusal.value.code == "WRONG_ADDRESS"
    assert Digiflazz(LIVE).spec.code == "digiflazz"


@pytest.mark.parametrize(
    ("key", "mode"),
    [
        ("dev-key", base.Mode.LIVE),
        ("live", base.Mode.TEST),
        ("", base.Mode.TEST),
        ("", base.Mode.LIVE),
    ],
)
def test_a_key_of_the_other_mode_is_refused(key, mode):
    with pytest.raises(base.WrongCredentials):
        Digiflazz(changed(LIVE, api_key=key, mode=mode))


# --- Anything at all ------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("a1. \0\ud800é１", max_size=12)
    | st.sampled_from(["Sukses", "Gagal", "00", "44", "TRX1", 2**63, -1, 10**25]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = st.dictionaries(st.sampled_from([*BOUGHT, "note"]), JSON, max_size=6)
ERRORS = (base.ProviderRefused, base.ProviderUnreachable, base.OutcomeUnknown)


class Answer:
    """A wire that brings this body, whatever was asked."""

    def __init__(self, body, status=200):
        self.response = Response(status, body, {})

    def request(self, method, path, *, json):
        return self.response


def asked(call, body, status=200):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digiflazz, "_client", lambda *_limits: Answer(body, status))
        return CALLS[call](Digiflazz(CONFIG))


@given(FIELDS, st.sampled_from([200, 302, 400, 403, 429, 500, 503]))
def test_any_answer_is_a_fact_or_one_of_three_errors(changes, status):
    body = json.dumps({"data": BOUGHT | changes}).encode()

    with contextlib.suppress(*ERRORS):
        fact = asked("buy", body, status)
        assert isinstance(fact, PurchaseFact)
        assert fact.ref_id == "TRX1"
        assert fact.cost is None or type(fact.cost) is int
        assert status < 500


@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_no_purchase(body):
    for call in CALLS:
        with pytest.raises(ERRORS):
            asked(call, body)


@given(st.lists(JSON | FIELDS, max_size=4))
def test_any_price_list_is_read_as_far_as_it_can_be(lines):
    body = json.dumps({"data": lines}).encode()

    with contextlib.suppress(*ERRORS):
        for product in asked("prices", body):
            assert type(product.cost) is int
            assert product.cost >= 0


@given(FIELDS)
def test_a_signed_callback_is_a_fact_or_a_bad_callback(changes):
    body = json.dumps({"data": BOUGHT | changes}).encode()
    digest = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()

    with contextlib.suppress(base.BadCallback):
        fact = Digiflazz(CONFIG).read_callback(
            {"X-Hub-Signature": f"sha1={digest}"}, body
        )
        assert isinstance(fact, PurchaseFact)
        assert fact.ref_id
