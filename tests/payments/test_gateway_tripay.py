"""Tripay's protocol: documented signatures, callbacks, answers and failures."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import httpx
import pytest
import respx

from payments.gateways import base
from payments.gateways.base import FactState, Mode
from payments.gateways.instructions import Qris
from payments.gateways.tripay.adapter import MAX_CALLBACK_BYTES, TripayGateway
from tests.providers import changed, config_of

CONFIG = config_of(
    base_url="https://tripay.co.id/api-sandbox/",
    merchant_code="T0001",
    api_key="DEV-key",
    private_key="demo-private",
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
# Field for field as documented; numbers are Tripay's kind of numbers.
DETAIL = {
    "reference": "DEV-T00010000000001XYZ",
    "merchant_ref": "PPOB-1",
    "payment_selection_type": "static",
    "payment_method": "QRIS",
    "payment_name": "QRIS",
    "customer_name": "ayu",
    "amount": 19_500,
    "fee_merchant": 887,
    "fee_customer": 0,
    "total_fee": 887,
    "amount_received": 18_613,
    "pay_code": None,
    "pay_url": None,
    "checkout_url": "https://tripay.co.id/checkout/DEV-T00010000000001XYZ",
    "qr_string": "00020101...",
    "qr_url": "https://tripay.co.id/qr/DEV-T00010000000001XYZ",
    "status": "UNPAID",
    "expired_time": int(EXPIRY.timestamp()),
    "order_items": [],
    "instructions": [],
}
CALLBACK = {
    "reference": "DEV-T00010000000001XYZ",
    "merchant_ref": "PPOB-1",
    "payment_method": "QRIS",
    "payment_method_code": "QRIS",
    "total_amount": 19_500,
    "fee_merchant": 887,
    "fee_customer": 0,
    "total_fee": 887,
    "amount_received": 18_613,
    "is_closed_payment": 1,
    "status": "PAID",
    "paid_at": 1772355600,
    "note": None,
}


@pytest.fixture
def gateway():
    return TripayGateway(CONFIG)


@pytest.fixture
def tripay():
    with respx.mock(base_url="https://tripay.co.id/api-sandbox") as mock:
        yield mock


def answer(data):
    return httpx.Response(200, json={"success": True, "message": "", "data": data})


def signed(body: bytes, *, key="demo-private", event="payment_status"):
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Callback-Signature": signature, "X-Callback-Event": event}


def callback(**changes) -> bytes:
    # PHP escapes slashes.
    return json.dumps(CALLBACK | changes).replace("/", "\\/").encode()


# --- Asking for a payment ---


def test_a_charge_is_asked_for_as_documented(gateway, tripay):
    route = tripay.post("/transaction/create").mock(return_value=answer(DETAIL))

    charge = gateway.create_charge(REQUEST)

    assert charge == base.Charge(
        gateway_reference="DEV-T00010000000001XYZ",
        amount=19_500,
        instructions=Qris("00020101..."),
        page_url="https://tripay.co.id/checkout/DEV-T00010000000001XYZ",
        expires_at=EXPIRY,
    )
    sent = json.loads(route.calls.last.request.content)
    assert route.calls.last.request.headers["Authorization"] == "Bearer DEV-key"
    assert sent["method"] == "QRIS"
    assert sent["merchant_ref"] == "PPOB-1"
    assert sent["amount"] == 19_500
    assert sent["expired_time"] == int(EXPIRY.timestamp())
    assert sum(i["price"] * i["quantity"] for i in sent["order_items"]) == 19_500


def test_the_request_is_signed_like_the_official_example(tripay):
    gateway = TripayGateway(
        config_of(
            base_url=CONFIG.base_url,
            merchant_code="T0001",
            api_key="DEV-key",
            private_key="ytf6ooi2gmlNPfpchd94jDOk8hRWOu",
        )
    )
    data = DETAIL | {"merchant_ref": "INV55567", "amount": 1_500_000}
    route = tripay.post("/transaction/create").mock(return_value=answer(data))

    gateway.create_charge(
        base.ChargeRequest(
            reference="INV55567",
            channel="qris",
            amount=1_500_000,
            expires_at=EXPIRY,
            description="x",
            customer_name="x",
            customer_email="no-reply@toko.example",
            callback_url="",
            return_url="",
        )
    )

    assert json.loads(route.calls.last.request.content)["signature"] == (
        "9f167eba844d1fcb369404e2bda53702e2f78f7aa12e91da6715414e65b8c86a"
    )


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (httpx.ConnectError("no"), base.ProviderUnreachable),
        (httpx.ConnectTimeout("no"), base.ProviderUnreachable),
        (httpx.ReadTimeout("no"), base.OutcomeUnknown),
        (httpx.RemoteProtocolError("cut"), base.OutcomeUnknown),
        (httpx.Response(429, json={"success": False}), base.ProviderUnreachable),
        (httpx.Response(500, text="oops"), base.OutcomeUnknown),
        (httpx.Response(502, json={"success": False}), base.OutcomeUnknown),
        (httpx.Response(200, html="<h1>Maintenance</h1>"), base.OutcomeUnknown),
        (httpx.Response(403, html="<h1>Checking</h1>"), base.OutcomeUnknown),
        (httpx.Response(302, headers={"Location": "/x"}), base.OutcomeUnknown),
        (httpx.Response(200, json=[1]), base.OutcomeUnknown),
        (httpx.Response(200, json={"success": "yes"}), base.OutcomeUnknown),
        (httpx.Response(200, json={"success": True}), base.OutcomeUnknown),
        (answer(DETAIL | {"amount": "19500"}), base.OutcomeUnknown),
        (answer(DETAIL | {"merchant_ref": "PPOB-2"}), base.OutcomeUnknown),
        (
            httpx.Response(400, json={"success": False, "message": "Bad amount"}),
            base.ProviderRefused,
        ),
        (
            httpx.Response(200, json={"success": False, "message": "Closed"}),
            base.ProviderRefused,
        ),
    ],
)
def test_each_failure_has_its_kind(gateway, tripay, effect, error):
    tripay.post("/transaction/create").mock(side_effect=[effect])

    with pytest.raises(error):
        gateway.create_charge(REQUEST)


def test_a_refusal_says_why_without_our_keys(gateway, tripay):
    tripay.post("/transaction/create").mock(
        return_value=httpx.Response(401, json={"success": False, "message": "Bad key"})
    )

    with pytest.raises(base.ProviderRefused, match="Bad key") as refusal:
        gateway.create_charge(REQUEST)

    assert refusal.value.code == "HTTP_401"
    assert "DEV-key" not in str(refusal.value)


# --- Looking up ---


def test_a_charge_whose_answer_was_lost_is_found_by_our_reference(gateway, tripay):
    listed = [DETAIL | {"merchant_ref": "PPOB-11"}, DETAIL]
    search = tripay.get("/merchant/transactions").mock(return_value=answer(listed))
    detail = tripay.get("/transaction/detail").mock(return_value=answer(DETAIL))

    charge = gateway.find_charge("PPOB-1")

    assert charge is not None
    assert charge.gateway_reference == "DEV-T00010000000001XYZ"
    assert search.calls.last.request.url.params["merchant_ref"] == "PPOB-1"
    asked = detail.calls.last.request.url.params
    assert asked["reference"] == "DEV-T00010000000001XYZ"


def test_of_two_charges_for_one_reference_the_paid_one_counts(gateway, tripay):
    paid = DETAIL | {"reference": "DEV-OLD", "status": "PAID"}
    tripay.get("/merchant/transactions").mock(return_value=answer([DETAIL, paid]))

    fact = gateway.look_up("PPOB-1")

    assert fact.gateway_reference == "DEV-OLD"
    assert fact.state is FactState.SETTLED


def test_no_charge_means_none(gateway, tripay):
    tripay.get("/merchant/transactions").mock(return_value=answer([]))

    assert gateway.find_charge("PPOB-1") is None


def test_a_failed_search_is_not_an_absence(gateway, tripay):
    tripay.get("/merchant/transactions").mock(return_value=httpx.Response(500))

    with pytest.raises(base.OutcomeUnknown):
        gateway.find_charge("PPOB-1")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("UNPAID", FactState.PENDING),
        ("PAID", FactState.SETTLED),
        ("EXPIRED", FactState.EXPIRED),
        ("FAILED", FactState.FAILED),
        ("REFUND", FactState.REVERSED),
    ],
)
def test_a_payment_is_looked_up(gateway, tripay, status, state):
    data = DETAIL | {"status": status}
    tripay.get("/transaction/detail").mock(return_value=answer(data))

    fact = gateway.look_up("PPOB-1", gateway_reference=DETAIL["reference"])

    assert fact.state is state
    assert (fact.amount, fact.currency) == (19_500, "IDR")


def test_looking_up_and_hearing_of_a_payment_give_the_same_key(gateway, tripay):
    data = DETAIL | {"status": "PAID"}
    tripay.get("/transaction/detail").mock(return_value=answer(data))
    body = callback()

    seen = gateway.look_up("PPOB-1", gateway_reference=DETAIL["reference"])
    heard = gateway.read_callback(signed(body), body)

    assert seen.event_key == heard.event_key


def test_an_unknown_payment_is_refused_as_not_found(gateway, tripay):
    gone = {"success": False, "message": "Transaction not found"}
    tripay.get("/transaction/detail").mock(return_value=httpx.Response(400, json=gone))
    tripay.get("/merchant/transactions").mock(return_value=answer([]))

    for known in ("DEV-X", ""):
        with pytest.raises(base.ProviderRefused) as refusal:
            gateway.look_up("PPOB-1", gateway_reference=known)
        assert refusal.value.code == "NOT_FOUND"


def test_a_payment_of_another_reference_is_refused(gateway, tripay):
    tripay.get("/transaction/detail").mock(return_value=answer(DETAIL))

    with pytest.raises(base.ProviderRefused, match="another reference"):
        gateway.look_up("PPOB-2", gateway_reference=DETAIL["reference"])


def test_an_unknown_status_is_no_fact(gateway, tripay):
    data = DETAIL | {"status": "MAYBE"}
    tripay.get("/transaction/detail").mock(return_value=answer(data))

    with pytest.raises(base.OutcomeUnknown):
        gateway.look_up("PPOB-1", gateway_reference=DETAIL["reference"])


# --- Callbacks ---


def test_a_signed_callback_is_read(gateway):
    body = callback()

    fact = gateway.read_callback(signed(body), body)

    assert fact == base.PaymentFact(
        reference="PPOB-1",
        gateway_reference="DEV-T00010000000001XYZ",
        state=FactState.SETTLED,
        amount=19_500,
        currency="IDR",
        happened_at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        event_key="DEV-T00010000000001XYZ:PAID:19500",
        fee=887,
    )


def test_the_signature_is_the_computed_one(gateway):
    body = b'{"reference":"T1","status":"PAID"}'
    known = "6fc3f0b95883e1497a900725f3580d2da1cdd50332cbdfe2ec96d30bd6f16abc"
    headers = {"x-callback-signature": known, "X-CALLBACK-EVENT": "payment_status"}

    # The signature holds, so the complaint is about the missing amount.
    with pytest.raises(base.BadCallback) as refusal:
        gateway.read_callback(headers, body)
    assert refusal.value.code == "MALFORMED"


def test_money_without_our_reference_is_still_a_fact(gateway):
    body = callback(merchant_ref=None)

    assert gateway.read_callback(signed(body), body).reference == ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(callback(), key="somebody-else"),
        signed(callback(), key=""),
        signed(callback(total_amount=1)),
        {"X-Callback-Signature": "é", "X-Callback-Event": "payment_status"},
    ],
)
def test_a_callback_that_is_not_signed_by_tripay_is_refused(gateway, headers):
    with pytest.raises(base.BadCallback) as refusal:
        gateway.read_callback(headers, callback())

    assert refusal.value.code == "BAD_SIGNATURE"


def test_json_written_again_does_not_verify(gateway):
    body = callback(note="a/b")
    again = json.dumps(json.loads(body)).encode()

    gateway.read_callback(signed(body), body)
    with pytest.raises(base.BadCallback):
        gateway.read_callback(signed(body), again)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 60_000,
        callback(total_amount=19_500.0),
        callback(total_amount="19500"),
        callback(total_amount=True),
        callback(total_amount=0),
        callback(total_amount=-19_500),
        callback(total_amount=None),
        callback(total_amount=float("nan")),
        callback(status="SUCCESS"),
        callback(status=None),
        callback(reference=""),
        callback(merchant_ref=17),
        callback(paid_at="soon"),
        callback(paid_at=10**18),
        callback()[:-1] + b', "total_amount": 1}',
    ],
)
def test_a_signed_but_malformed_callback_is_refused(gateway, body):
    with pytest.raises(base.BadCallback) as refusal:
        gateway.read_callback(signed(body), body)

    assert refusal.value.code == "MALFORMED"


def test_a_callback_is_bounded(gateway):
    body = b" " * MAX_CALLBACK_BYTES + callback()

    with pytest.raises(base.BadCallback) as refusal:
        gateway.read_callback(signed(body), body)

    assert refusal.value.code == "TOO_LONG"


def test_other_events_are_refused(gateway):
    body = callback()

    with pytest.raises(base.BadCallback) as refusal:
        gateway.read_callback(signed(body, event="open_payment"), body)

    assert refusal.value.code == "UNKNOWN_EVENT"


# --- Credentials ---

LIVE = {"base_url": "https://tripay.co.id/api/", "api_key": "live", "mode": Mode.LIVE}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"base_url": "http://localhost:8200/api"},
        LIVE,
        LIVE | {"base_url": "https://payment.tripay.co.id/api"},
    ],
)
def test_keys_that_fit_their_address_are_accepted(changes):
    config = changed(CONFIG, **changes)
    nothing = httpx.Response(200, json={"success": True, "data": []})

    with respx.mock(base_url=config.base_url.rstrip("/")) as there:
        asked = there.get("/merchant/transactions").mock(return_value=nothing)
        assert TripayGateway(config).find_charge("T1") is None

    key = asked.calls.last.request.headers["Authorization"]
    assert key == f"Bearer {config.key('api_key')}"


@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": "https://tripay.co.id/api"},
        {"base_url": "https://TRIPAY.co.id:443/api/"},
        {"base_url": "https://www.tripay.co.id/api"},
        {"base_url": "file:///etc/passwd"},
        {"api_key": "live"},
        {"api_key": ""},
        {"private_key": ""},
        {"merchant_code": ""},
        LIVE | {"api_key": "DEV-key"},
        LIVE | {"base_url": "https://tripay.co.id/api-sandbox"},
        LIVE | {"base_url": "http://tripay.co.id/api"},
        LIVE | {"base_url": "https://tripay.co.id.example.com/api"},
        LIVE | {"base_url": "http://localhost:8200/api"},
    ],
)
def test_keys_that_do_not_fit_are_refused(changes):
    with pytest.raises(base.WrongCredentials):
        TripayGateway(changed(CONFIG, **changes))


def test_the_config_shows_no_secret():
    assert "DEV-key" not in repr(CONFIG)
    assert "demo-private" not in repr(CONFIG)
