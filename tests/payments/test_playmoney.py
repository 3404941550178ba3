"""Play money: asked for, paid on a page, withdrawn, reported; and never real."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from payments import selectors
from payments.gateways import base
from payments.gateways.instructions import Link
from payments.gateways.playmoney import SIGNATURE, SPEC, sign
from payments.gateways.playmoney.adapter import PlayMoney
from payments.models import Order, PaymentMethod
from payments.services.incoming import callbacks, charges, methods
from payments.services.incoming.gateway_client import modes_here
from payments.services.incoming.methods import GatewayDraft
from payments.simulator.client import GatewayControl
from payments.simulator.server import make_app
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.errors import InvalidInput
from ppob.kit.providers import Mode
from ppob.local.simulators.serving import serving
from tests.conftest import NOON
from tests.factories import make_member, make_order, wait_until
from tests.payments.invariants import violations
from tests.payments.test_gateway_simulator import receiving
from tests.providers import config_of


@pytest.fixture
def address(tmp_path):
    with serving(lambda: make_app(folder=tmp_path)) as found:
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


@pytest.fixture
def gateway(address):
    return PlayMoney(config_of(f"{address}/{SPEC.code}"))


def request_for(shop=None, **changes):
    request = base.ChargeRequest(
        reference="PPOB-1",
        channel="page",
        amount=19_500,
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=30),
        description="86 Diamonds",
        customer_name="ayu",
        customer_email="no-reply@toko.example",
        callback_url=shop.url if shop else "",
        return_url="https://toko.example/pesanan/1",
    )
    return replace(request, **changes)


def test_a_charge_is_a_page_to_pay_on_and_found_again(gateway):
    asked = request_for()

    charge = gateway.create_charge(asked)

    assert (charge.amount, charge.expires_at) == (19_500, asked.expires_at)
    assert charge.instructions == Link(charge.page_url)
    page = httpx.get(charge.page_url, trust_env=False)
    assert page.status_code == 200
    assert "Rp 19.500" in page.text
    assert "Kode QRIS" not in page.text
    assert gateway.find_charge("PPOB-1") == charge
    assert gateway.find_charge("PPOB-2") is None


def test_what_is_paid_is_reported_and_looks_the_same_when_asked(gateway, control, shop):
    charge = gateway.create_charge(request_for(shop))

    control.pay(charge.gateway_reference)
    control.wait_for_callbacks(charge.gateway_reference)

    headers, body = shop.received[0]
    fact = gateway.read_callback(headers, body)
    assert fact == gateway.look_up("PPOB-1", gateway_reference=charge.gateway_reference)
    assert (fact.state, fact.amount, fact.fee) == (base.FactState.SETTLED, 19_500, 0)


def test_a_forged_report_is_refused(gateway, control, shop):
    charge = gateway.create_charge(request_for(shop))

    control.forge(charge.gateway_reference)
    wait_until(lambda: bool(shop.received))

    headers, body = shop.received[0]
    with pytest.raises(base.BadCallback):
        gateway.read_callback(headers, body)


def test_a_greeting_says_nothing(gateway):
    body = json.dumps({"event": "hello"}).encode()

    assert gateway.read_callback({SIGNATURE: sign(body)}, body) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"id": 1}'])
def test_what_is_signed_and_cannot_be_read_is_odd(gateway, body):
    with pytest.raises(base.OddCallback):
        gateway.read_callback({SIGNATURE: sign(body)}, body)


def test_a_withdrawn_charge_cannot_be_paid_and_is_withdrawn_once(gateway, control):
    charge = gateway.create_charge(request_for())

    for _turn in range(2):
        gateway.cancel("PPOB-1", gateway_reference=charge.gateway_reference)

    with pytest.raises(httpx.HTTPStatusError):
        control.pay(charge.gateway_reference)
    assert gateway.look_up("PPOB-1").state == base.FactState.FAILED


def test_a_paid_charge_is_not_withdrawn(gateway, control):
    charge = gateway.create_charge(request_for())
    control.pay(charge.gateway_reference)

    with pytest.raises(base.ProviderRefused):
        gateway.cancel("PPOB-1", gateway_reference="")

    assert gateway.look_up("PPOB-1").state == base.FactState.SETTLED


def test_another_charge_or_none_is_no_answer(gateway):
    charge = gateway.create_charge(request_for())

    with pytest.raises(base.ProviderRefused):
        gateway.look_up("PPOB-9", gateway_reference=charge.gateway_reference)
    with pytest.raises(base.ProviderRefused) as refusal:
        gateway.look_up("PPOB-9")
    assert refusal.value.code == "NOT_FOUND"


def test_without_a_server_nothing_was_asked_for():
    away = PlayMoney(config_of("http://127.0.0.1:1"))

    with pytest.raises(base.ProviderUnreachable):
        away.create_charge(request_for())


def test_it_is_never_real_money(settings):
    with pytest.raises(base.WrongCredentials):
        PlayMoney(config_of("http://127.0.0.1:1", mode=Mode.LIVE))
    settings.IS_SIMULATED = False
    assert modes_here(SPEC) == []


def test_a_seller_adds_it_with_one_press_and_an_order_is_paid_and_delivered(
    in_arcadia, address, control, settings, jobs, superuser
):
    settings.GATEWAY_SIMULATOR_URL = address
    control.silence()  # the news is brought by hand
    draft = GatewayDraft(gateway=SPEC.code, keys={}, is_test=True)
    method = methods.add_gateway(actor=make_member(), draft=draft, now=NOON)
    now = datetime.now(UTC)
    order = make_order(now=now)

    payment = charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=now
    )
    control.pay(payment.gateway_reference)
    fact = {
        "id": payment.gateway_reference,
        "reference": payment.reference,
        "amount": payment.amount,
        "state": "settled",
        "paid_at": int(now.timestamp()),
        "expires_at": int(payment.expires_at.timestamp()),
    }
    body = json.dumps(fact).encode()
    event = callbacks.receive(
        gateway=SPEC.code,
        method_id=method.public_id,
        headers={SIGNATURE: sign(body)},
        body=body,
        now=now,
    )
    callbacks.process(event_id=event.pk, now=now)
    jobs.run()

    assert selectors.active_methods() == [method]
    assert isinstance(payment.how_to_pay, Link)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SETTLED
    assert Order.objects.get(pk=order.pk).status == OrderStatus.DELIVERED
    assert violations(superuser) == {}


def test_where_sales_are_real_it_cannot_be_added(in_arcadia, settings):
    settings.IS_SIMULATED = False
    draft = GatewayDraft(gateway=SPEC.code, keys={}, is_test=True)

    with pytest.raises(InvalidInput):
        methods.add_gateway(actor=make_member(), draft=draft, now=NOON)

    assert not PaymentMethod.objects.exists()
