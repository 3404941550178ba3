"""The simulated gateway, spoken to by our own adapter over real HTTP."""

import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from payments.gateways import base, qris
from payments.gateways.base import FactState
from payments.gateways.tripay.adapter import TripayGateway
from payments.gateways.tripay.simulator import world
from payments.simulator import engine
from payments.simulator.client import GatewayControl
from payments.simulator.faults import Fault
from payments.simulator.server import make_app
from ppob.local.simulators.serving import serving
from tests.providers import changed, config_of


class MerchantServer(ThreadingHTTPServer):
    request_queue_size = 64  # twenty callbacks come at once


class Receiver:
    """A merchant's server that keeps what it is sent and answers as told."""

    def __init__(self):
        self.received = []
        self.answers = []
        self.lock = threading.Lock()

    def answer(self, headers, body):
        with self.lock:
            self.received.append((dict(headers), body))
            return self.answers.pop(0) if self.answers else (200, b'{"success": true}')


@contextmanager
def receiving():
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, content = receiver.answer(self.headers, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = MerchantServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/callbacks/rizky"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class Clock:
    """A clock that runs and can be moved."""

    def __init__(self):
        self.ahead = timedelta()

    def now(self):
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def address(tmp_path, clock):
    with serving(
        lambda: make_app(folder=tmp_path, clock=lambda: clock.now().timestamp())
    ) as found:
        yield found


@pytest.fixture
def control(address):
    made = GatewayControl(address)
    yield made
    made.close()


@pytest.fixture
def shop():
    with receiving() as receiver:
        yield receiver


def gateway_of(address, merchant=world.TOKO_RIZKY, **changes):
    config = config_of(
        base_url=f"{address}{world.API_PATH}",
        merchant_code=merchant.code,
        api_key=merchant.api_key,
        private_key=merchant.private_key,
    )
    return TripayGateway(changed(config, **changes))


@pytest.fixture
def gateway(address):
    return gateway_of(address)


def ask(shop, **changes):
    request = base.ChargeRequest(
        reference="PPOB-1",
        channel="qris",
        amount=19_500,
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=30),
        description="86 Diamonds",
        customer_name="ayu",
        customer_email="no-reply@toko.example",
        callback_url=shop.url,
        return_url="https://toko.example/pesanan/1",
    )
    return replace(request, **changes)


def facts(gateway, shop):
    return [gateway.read_callback(*received) for received in shop.received]


# --- The API ---


def test_a_charge_is_a_valid_dynamic_qris_code_of_the_right_amount(gateway, shop):
    request = ask(shop)

    charge = gateway.create_charge(request)

    code = qris.parse(charge.instructions.text)
    assert charge.amount == code.amount == 19_500
    assert charge.expires_at == request.expires_at
    assert code.is_dynamic
    assert code.merchant_name == "TOKO RIZKY"


def test_two_charges_have_different_codes(gateway, shop):
    first = gateway.create_charge(ask(shop))
    second = gateway.create_charge(ask(shop, reference="PPOB-2"))

    assert first.instructions.text != second.instructions.text


def test_the_picture_and_the_checkout_page_are_there(gateway, shop, address):
    charge = gateway.create_charge(ask(shop))

    page = httpx.get(charge.page_url)
    picture = httpx.get(f"{address}/qr/{charge.gateway_reference}")

    assert charge.page_url.startswith(address)
    assert "Rp 19.500" in page.text
    assert "TOKO RIZKY" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert picture.content.startswith(b"\x89PNG")


def test_the_pages_escape_what_a_merchant_sends(gateway, shop, address):
    charge = gateway.create_charge(
        ask(shop, description="<script>x</script>", return_url="https://a.b/?x=\"'<")
    )

    for page in (httpx.get(charge.page_url).text, httpx.get(f"{address}/").text):
        assert "<script>x" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"api_key": "DEV-wrong"}, "Invalid API key"),
        ({"private_key": "wrong"}, "Invalid signature"),
        ({"merchant_code": "T9"}, "Invalid signature"),
    ],
)
def test_wrong_keys_are_refused(address, shop, control, changes, message):
    with pytest.raises(base.ProviderRefused, match=message):
        gateway_of(address, **changes).create_charge(ask(shop))

    assert control.list_transactions() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 999},
        {"amount": 10_000_001},
        {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"description": ""},
        {"customer_name": ""},
        {"callback_url": "javascript:alert(1)"},
    ],
)
def test_impossible_orders_are_refused(gateway, shop, control, changes):
    with pytest.raises(base.ProviderRefused) as refusal:
        gateway.create_charge(ask(shop, **changes))

    assert refusal.value.code == "HTTP_400"
    assert control.list_transactions() == []


def test_merchants_do_not_see_each_other_s_payments(address, gateway, shop):
    charge = gateway.create_charge(ask(shop))
    dewi = gateway_of(address, world.TOKO_DEWI)

    assert dewi.find_charge("PPOB-1") is None
    with pytest.raises(base.ProviderRefused) as refusal:
        dewi.look_up("PPOB-1", gateway_reference=charge.gateway_reference)
    assert refusal.value.code == "NOT_FOUND"


def test_the_reading_calls_answer_like_tripay(address):
    bearer = {"Authorization": f"Bearer {world.TOKO_RIZKY.api_key}"}
    with httpx.Client(base_url=f"{address}{world.API_PATH}", headers=bearer) as client:
        channel = client.get("/merchant/payment-channel").json()["data"][0]
        steps = client.get("/payment/instruction?code=QRIS").json()["data"]
        fee = client.get("/merchant/fee-calculator?amount=100000").json()["data"][0]

    assert (channel["code"], channel["active"]) == ("QRIS", True)
    assert steps[0]["steps"]
    assert fee["total_fee"]["merchant"] == 750 + 700


# --- Paying ---


def test_a_payment_is_reported_with_a_signed_callback(gateway, shop, control):
    charge = gateway.create_charge(ask(shop))

    control.pay(charge.gateway_reference)
    control.wait_for_callbacks(charge.gateway_reference)

    (fact,) = facts(gateway, shop)
    assert fact.state is FactState.SETTLED
    assert (fact.reference, fact.amount) == ("PPOB-1", 19_500)
    assert fact.happened_at is not None
    seen = gateway.look_up("PPOB-1", gateway_reference=charge.gateway_reference)
    assert seen == fact


def test_the_callback_is_signed_over_escaped_slashes(gateway, shop, control):
    charge = gateway.create_charge(ask(shop, reference="PPOB/1"))

    control.pay(charge.gateway_reference)
    control.wait_for_callbacks(charge.gateway_reference)

    headers, body = shop.received[0]
    key = world.TOKO_RIZKY.private_key.encode()
    assert b"PPOB\\/1" in body
    assert (
        headers["X-Callback-Signature"]
        == hmac.new(key, body, hashlib.sha256).hexdigest()
    )


@pytest.mark.parametrize("parallel", [True, False])
def test_one_payment_can_be_reported_twenty_times(gateway, shop, control, parallel):
    charge = gateway.create_charge(ask(shop))

    control.pay(charge.gateway_reference, times=20, parallel=parallel)
    control.wait_for_callbacks(charge.gateway_reference, count=20)

    assert len(shop.received) == 20
    assert len({fact.event_key for fact in facts(gateway, shop)}) == 1


def test_a_payment_cannot_be_made_twice(gateway, shop, control):
    charge = gateway.create_charge(ask(shop))
    control.pay(charge.gateway_reference)

    with pytest.raises(httpx.HTTPStatusError, match="409"):
        control.pay(charge.gateway_reference)


def test_a_wrong_amount_is_reported_as_paid(gateway, shop, control):
    charge = gateway.create_charge(ask(shop))

    control.pay(charge.gateway_reference, amount=1_500)
    control.wait_for_callbacks(charge.gateway_reference)

    (fact,) = facts(gateway, shop)
    assert (fact.state, fact.amount) == (FactState.SETTLED, 1_500)


def test_a_forged_callback_changes_nothing_and_is_recognised(gateway, shop, control):
    charge = gateway.create_charge(ask(shop))

    control.forge(charge.gateway_reference)
    control.wait_for_callbacks(charge.gateway_reference)

    headers, body = shop.received[0]
    assert json.loads(body)["status"] == "PAID"
    with pytest.raises(base.BadCallback):
        gateway.read_callback(headers, body)
    fact = gateway.look_up("PPOB-1", gateway_reference=charge.gateway_reference)
    assert fact.state is FactState.PENDING


def test_a_payment_expires_by_itself(gateway, shop, control, clock):
    charge = gateway.create_charge(ask(shop))

    clock.ahead = timedelta(minutes=31)
    control.wait_for_callbacks(charge.gateway_reference)

    (fact,) = facts(gateway, shop)
    assert fact.state is FactState.EXPIRED


def test_late_money_comes_after_the_expiry(gateway, shop, control):
    charge = gateway.create_charge(ask(shop))

    control.pay(charge.gateway_reference, late=True)
    control.wait_for_callbacks(charge.gateway_reference, count=2)

    states = [fact.state for fact in facts(gateway, shop)]
    assert states == [FactState.EXPIRED, FactState.SETTLED]


def test_failed_and_refunded_payments_are_reported(gateway, shop, control):
    failed = gateway.create_charge(ask(shop)).gateway_reference
    refunded = gateway.create_charge(ask(shop, reference="PPOB-2")).gateway_reference

    control.fail(failed)
    control.wait_for_callbacks(failed)
    control.pay(refunded)
    control.wait_for_callbacks(refunded)
    control.refund(refunded)
    control.wait_for_callbacks(refunded, count=2)

    states = [fact.state for fact in facts(gateway, shop)]
    assert states == [FactState.FAILED, FactState.SETTLED, FactState.REVERSED]
    with pytest.raises(httpx.HTTPStatusError):
        control.pay(failed)


def test_a_refused_callback_comes_again(gateway, shop, control, monkeypatch):
    monkeypatch.setattr(engine, "RETRY_SECS", (0.01, 0.02, 0.03))
    shop.answers = [(500, b""), (200, b'{"success": false}')]
    charge = gateway.create_charge(ask(shop))

    control.pay(charge.gateway_reference)
    control.wait_for_callbacks(charge.gateway_reference)

    assert len(shop.received) == 3
    assert len({body for _headers, body in shop.received}) == 1
    (callback,) = control.get(charge.gateway_reference)["callbacks"]
    accepted = [answer["accepted"] for answer in callback["answers"]]
    assert accepted == [False, False, True]


def test_a_silent_gateway_reports_nothing_but_can_be_asked(gateway, shop, control):
    charge = gateway.create_charge(ask(shop))
    control.silence()

    paid = control.pay(charge.gateway_reference)

    assert paid["callbacks"] == []
    assert gateway.look_up("PPOB-1").state is FactState.SETTLED
    control.silence(on=False)
    control.resend(charge.gateway_reference)
    control.wait_for_callbacks(charge.gateway_reference)


# --- When things go wrong ---


@pytest.mark.parametrize(
    ("fault", "error", "made"),
    [
        (Fault.ERROR_500, base.OutcomeUnknown, False),
        (Fault.ERROR_500_AFTER, base.OutcomeUnknown, True),
        (Fault.HTML, base.OutcomeUnknown, False),
        (Fault.CUT_AFTER, base.OutcomeUnknown, True),
        (Fault.TOO_MANY, base.ProviderUnreachable, False),
    ],
)
def test_after_a_failed_request_the_charge_is_found_or_is_not_there(
    gateway, shop, control, fault, error, made
):
    control.fail_next(fault)

    with pytest.raises(error):
        gateway.create_charge(ask(shop))

    found = gateway.find_charge("PPOB-1")
    assert (found is not None) is made
    if found:
        assert qris.parse(found.instructions.text).amount == 19_500


def test_a_gateway_that_is_away_is_unreachable(shop, tmp_path):
    with serving(lambda: make_app(folder=tmp_path)) as address:
        gateway = gateway_of(address)

    with pytest.raises(base.ProviderUnreachable):
        gateway.create_charge(ask(shop))


def test_a_restart_forgets_nothing_and_sends_what_was_left(shop, tmp_path):
    shop.answers = [(503, b"")]
    with serving(lambda: make_app(folder=tmp_path)) as address:
        gateway, control = gateway_of(address), GatewayControl(address)
        charge = gateway.create_charge(ask(shop))
        control.pay(charge.gateway_reference)

    # A process killed while it wrote leaves half a line.
    with (tmp_path / "gateway.jsonl").open("a") as journal:
        journal.write('{"kind": "transac')
    with serving(lambda: make_app(folder=tmp_path)) as address:
        gateway, control = gateway_of(address), GatewayControl(address)
        control.wait_for_callbacks(charge.gateway_reference)
        assert gateway.look_up("PPOB-1").state is FactState.SETTLED
        control.reset()
        assert control.list_transactions() == []


def test_other_websites_cannot_press_the_buttons(gateway, shop, address, control):
    charge = gateway.create_charge(ask(shop))
    url = f"{address}/sim/api/transactions/{charge.gateway_reference}/pay"

    answer = httpx.post(url, content=b"{}", headers={"Content-Type": "text/plain"})

    assert answer.status_code == 415
    assert control.get(charge.gateway_reference)["state"] == "UNPAID"


def test_no_merchant_s_key_can_be_read(gateway, shop, address):
    gateway.create_charge(ask(shop))

    shown = httpx.get(f"{address}/sim/api/transactions").text + repr(world.MERCHANTS)

    for merchant in world.MERCHANTS:
        assert merchant.api_key not in shown
        assert merchant.private_key not in shown
