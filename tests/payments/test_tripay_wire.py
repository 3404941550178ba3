"""What Tripay's wire may do to us: cut calls, forgeries, foreign hosts, fuzz."""

import contextlib
import hashlib
import hmac
import json
from datetime import UTC, datetime

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from payments.gateways import base
from payments.gateways.base import Charge, Mode, PaymentFact
from payments.gateways.tripay import adapter as tripay
from payments.gateways.tripay.adapter import TripayGateway
from ppob.kit.http import HttpClient, Response
from tests.kit import rough
from tests.providers import changed, config_of

KEY = "demo-private"
CONFIG = config_of(
    base_url="http://127.0.0.1:1/api",
    merchant_code="T0001",
    api_key="DEV-key",
    private_key=KEY,
)
LIVE = changed(
    CONFIG, base_url="https://tripay.co.id/api", api_key="live", mode=Mode.LIVE
)
EXPIRY = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
REQUEST = base.ChargeRequest(
    reference="PPOB-1",
    channel="qris",
    amount=19_500,
    expires_at=EXPIRY,
    description="86 Diamonds",
    customer_name="ayu",
    customer_email="no-reply@toko.example",
    callback_url="https://toko.example/callbacks/tripay/1",
    return_url="https://toko.example/pesanan/1",
)
DETAIL = {
    "reference": "T1",
    "merchant_ref": "PPOB-1",
    "amount": 19_500,
    "checkout_url": "https://tripay.co.id/checkout/T1",
    "qr_string": "",
    "status": "UNPAID",
    "expired_time": int(EXPIRY.timestamp()),
}
ERRORS = (base.ProviderRefused, base.ProviderUnreachable, base.OutcomeUnknown)
BODY = json.dumps(
    {
        "reference": "T1",
        "merchant_ref": "PPOB-1",
        "total_amount": 19_500,
        "status": "PAID",
        "paid_at": 1_772_355_600,
    }
).encode()
SIGNATURE = hmac.new(KEY.encode(), BODY, hashlib.sha256).hexdigest()

CALLS = {
    "create": lambda gateway: gateway.create_charge(REQUEST),
    "find": lambda gateway: gateway.find_charge("PPOB-1"),
    "look up": lambda gateway: gateway.look_up("PPOB-1", gateway_reference="T1"),
    "search": lambda gateway: gateway.look_up("PPOB-1"),
}


@pytest.fixture(autouse=True)
def short_patience(monkeypatch):
    """The same client; it waits for less long."""
    monkeypatch.setattr(
        tripay,
        "_client",
        lambda url: HttpClient(url, name="tripay", connect_secs=0.4, read_secs=0.4),
    )


def gateway_at(url):
    return TripayGateway(changed(CONFIG, base_url=f"{url}/api"))


# --- Calls that are cut ---------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("way", rough.WAYS)
def test_a_call_that_was_cut_leaves_its_outcome_open(way, call):
    with rough.rough_server(rough.WAYS[way]) as server:
        with pytest.raises(base.OutcomeUnknown):
            CALLS[call](gateway_at(server.url))

        assert len(server.heard) <= 1  # nothing is sent again by itself


@pytest.mark.parametrize("call", CALLS)
def test_a_gateway_that_is_not_there_was_not_reached(call):
    with rough.nobody_listens() as server, pytest.raises(base.ProviderUnreachable):
        CALLS[call](gateway_at(server.url))


def test_a_key_that_no_header_can_hold_is_none_of_the_buyers_business():
    gateway = TripayGateway(changed(CONFIG, api_key="DEV-kunci-é"))

    with pytest.raises(base.ProviderUnreachable) as failure:
        gateway.create_charge(REQUEST)
    assert "kunci" not in str(failure.value)


# --- Signatures -----------------------------------------------------------------------


def near_misses(signature):
    """Everything that looks like this signature and is not it."""
    yield from (signature[:length] for length in range(len(signature)))
    yield from (signature[start:] for start in range(1, len(signature), 7))
    for place in (0, 1, 31, 62, 63):
        other = "0" if signature[place] != "0" else "1"
        yield signature[:place] + other + signature[place + 1 :]
    yield from (
        signature + "0",
        signature + signature,
        signature.upper(),
        f" {signature}",
        f"{signature} ",
        f"{signature}\n",
        f"{signature}\0",
        f"sha256={signature}",
        f"{signature},{signature}",
        signature.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        signature.replace("a", "\u0430").replace("e", "\u0435"),
        "é" * 64,
        hmac.new(b"", BODY, hashlib.sha256).hexdigest(),
        hmac.new(KEY.encode(), BODY, hashlib.sha512).hexdigest(),
        hmac.new(KEY.encode(), BODY + b"\n", hashlib.sha256).hexdigest(),
        hmac.new(BODY, KEY.encode(), hashlib.sha256).hexdigest(),
        hashlib.sha256(BODY).hexdigest(),
        hashlib.sha256(KEY.encode() + BODY).hexdigest(),
    )


def headers(signature):
    return {"X-Callback-Signature": signature, "X-Callback-Event": "payment_status"}


@pytest.mark.parametrize("signature", list(near_misses(SIGNATURE)))
def test_a_signature_is_compared_whole(signature):
    with pytest.raises(base.BadCallback) as refusal:
        TripayGateway(CONFIG).read_callback(headers(signature), BODY)

    assert refusal.value.code == "BAD_SIGNATURE"


def test_every_changed_byte_breaks_the_signature():
    gateway = TripayGateway(CONFIG)
    assert gateway.read_callback(headers(SIGNATURE), BODY).amount == 19_500

    for place in range(len(BODY)):
        changed = bytearray(BODY)
        changed[place] ^= 1
        with pytest.raises(base.BadCallback) as refusal:
            gateway.read_callback(headers(SIGNATURE), bytes(changed))
        assert refusal.value.code == "BAD_SIGNATURE"


# --- Hosts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://eviltripay.co.id/api",
        "https://evil-tripay.co.id/api",
        "https://tripay.co.id.evil.example/api",
        "https://tripay.co.id@evil.example/api",
        "https://evil.example@tripay.co.id/api",
        "https://tripay.co.id:8443/api",
        "https://evil.example\\@tripay.co.id/api",
        "https://evil.example/https://tripay.co.id/api",
        "https://tripay.co/api",
        "https://tripay.co.id/api/v2",
        "https://tripay.co.id/",
        "https:///api",
        "//tripay.co.id/api",
    ],
)
def test_a_live_key_goes_to_tripay_only(address):
    with pytest.raises(base.WrongCredentials) as refusal:
        TripayGateway(changed(LIVE, base_url=address))

    assert refusal.value.code == "WRONG_ADDRESS"


def charge_with(config, **changes):
    data = {"success": True, "data": DETAIL | changes}
    with respx.mock(base_url=config.base_url) as mock:
        mock.post("/transaction/create").mock(httpx.Response(200, json=data))
        return TripayGateway(config).create_charge(REQUEST)


@pytest.mark.parametrize(
    "page",
    [
        "https://eviltripay.co.id/checkout/T1",
        "https://tripay.co.id.evil.example/checkout/T1",
        "https://tripay.co.id@evil.example/checkout/T1",
        "http://tripay.co.id/checkout/T1",
        "javascript:alert(1)",
        "//tripay.co.id/checkout/T1",
        "checkout/T1",
    ],
)
def test_buyers_are_not_sent_to_somebody_elses_page(page):
    charge = charge_with(LIVE, checkout_url=page)

    assert (charge.page_url, charge.amount) == ("", 19_500)


@pytest.mark.parametrize("host", ["tripay.co.id", "payment.tripay.co.id"])
def test_buyers_are_sent_to_the_gateways_own_page(host):
    page = f"https://{host}/checkout/T1"

    assert charge_with(LIVE, checkout_url=page).page_url == page


def test_in_test_mode_the_page_may_be_a_simulators_but_is_one():
    page = "http://localhost:8200/pay/T1"

    assert charge_with(CONFIG, checkout_url=page).page_url == page
    assert charge_with(CONFIG, checkout_url="javascript:x").page_url == ""


# --- Answers about something else -----------------------------------------------------


def answering(**answers):
    """A gateway whose list and detail say these things."""
    mock = respx.mock(base_url=CONFIG.base_url, assert_all_called=False)
    paths = {"listed": "/merchant/transactions", "detail": "/transaction/detail"}
    for name, data in answers.items():
        answer = httpx.Response(200, json={"success": True, "data": data})
        mock.get(paths[name]).mock(answer)
    return mock


@pytest.mark.parametrize(
    "changes",
    [{"merchant_ref": "PPOB-2"}, {"merchant_ref": None}, {"reference": "T2"}],
)
def test_a_found_charge_is_about_our_payment_or_none_at_all(changes):
    """Its code would be shown, and its money be somebody else's."""
    with (
        answering(listed=[DETAIL], detail=DETAIL | changes),
        pytest.raises(base.OutcomeUnknown),
    ):
        TripayGateway(CONFIG).find_charge("PPOB-1")


@pytest.mark.parametrize("merchant_ref", ["PPOB-11", "PPOB-", "ppob-1", "", None, 1])
def test_a_search_that_finds_other_references_finds_nothing(merchant_ref):
    with answering(listed=[DETAIL | {"merchant_ref": merchant_ref}]):
        assert TripayGateway(CONFIG).find_charge("PPOB-1") is None


@pytest.mark.parametrize(
    "changes", [{"merchant_ref": "PPOB-2"}, {"reference": "T2"}, {"merchant_ref": ""}]
)
def test_news_of_another_payment_is_no_news_of_ours(changes):
    data = DETAIL | {"status": "PAID"}
    gateway = TripayGateway(CONFIG)

    with (
        answering(detail=data | changes),
        pytest.raises(base.ProviderRefused) as refusal,
    ):
        gateway.look_up("PPOB-1", gateway_reference="T1")
    assert refusal.value.code == "MISMATCH"
    with answering(detail=data):
        assert gateway.look_up("PPOB-1", gateway_reference="T1").amount == 19_500


# --- Anything at all ------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("a1. \0\ud800é１", max_size=12)
    | st.sampled_from(["PAID", "T1", "PPOB-1", "19500", 19_500, 2**63, -1, 10**25]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = st.dictionaries(
    st.sampled_from([*DETAIL, "total_amount", "paid_at", "note"]), JSON, max_size=6
)


@given(FIELDS)
def test_a_signed_callback_is_a_fact_or_a_bad_callback(changes):
    body = json.dumps(json.loads(BODY) | changes).encode()
    signature = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()

    with contextlib.suppress(base.BadCallback):
        fact = TripayGateway(CONFIG).read_callback(headers(signature), body)
        assert isinstance(fact, PaymentFact)
        assert type(fact.amount) is int
        assert fact.amount > 0


@given(st.binary(max_size=80))
def test_any_signed_bytes_are_a_fact_or_a_bad_callback(body):
    signature = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()

    with pytest.raises(base.BadCallback):
        TripayGateway(CONFIG).read_callback(headers(signature), body)


class Answer:
    """A wire that brings this answer, whatever was asked."""

    def __init__(self, body, status):
        self.response = Response(status, body, {})

    def request(self, method, path, **content):
        return self.response


@given(FIELDS, st.sampled_from([200, 201, 302, 400, 403, 404, 429, 500, 503]))
def test_any_answer_is_a_charge_or_one_of_three_errors(changes, status):
    body = json.dumps({"success": True, "data": DETAIL | changes}).encode()

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(*ERRORS):
        patch.setattr(tripay, "_client", lambda url: Answer(body, status))
        charge = TripayGateway(CONFIG).create_charge(REQUEST)
        assert isinstance(charge, Charge)
        assert status < 300
        assert charge.gateway_reference


@given(FIELDS)
def test_any_detail_is_news_or_one_of_three_errors(changes):
    body = json.dumps({"success": True, "data": DETAIL | changes}).encode()

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(*ERRORS):
        patch.setattr(tripay, "_client", lambda url: Answer(body, 200))
        fact = TripayGateway(CONFIG).look_up("PPOB-1", gateway_reference="T1")
        assert (fact.reference, fact.gateway_reference) == ("PPOB-1", "T1")
        assert type(fact.amount) is int
