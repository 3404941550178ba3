"""Money that the gateway has is found without any callback, within a minute."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app

from payments import tasks
from payments.gateways.tripay.simulator import world
from payments.models import Deposit, Order, UnmatchedMoney
from payments.services.incoming import charges, deposits
from payments.simulator.client import GatewayControl
from payments.simulator.faults import Fault
from payments.simulator.server import make_app
from payments.states import OrderStatus, PaymentStatus
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope
from ppob.local.simulators.serving import serving
from ppob.schedule import BEAT_SCHEDULE
from security.models import InboxEvent
from tests.factories import make_customer, make_gateway_method, make_order
from tests.payments.acts import balance_of

pytestmark = pytest.mark.usefixtures("right_books")

TICK = timedelta(seconds=5)
PROMISED = timedelta(seconds=60)


def due_at(elapsed):
    """The jobs about payments that beat starts at this tick, by its own schedule."""
    return [
        entry["task"]
        for entry in BEAT_SCHEDULE.values()
        if entry["task"].startswith("payments.")
        and elapsed % entry["schedule"].run_every == timedelta(0)
    ]


class Time:
    """Everybody's clock: ours and the gateway's. It moves when the test says so."""

    def __init__(self):
        self.now = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def time(monkeypatch):
    made = Time()
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


@pytest.fixture
def gateway(tmp_path, time, settings):
    """A gateway that keeps silent about everything that happens there."""
    with serving(
        lambda: make_app(folder=tmp_path, clock=lambda: time.now.timestamp())
    ) as address:
        settings.GATEWAY_SIMULATOR_URL = address
        control = GatewayControl(address)
        control.silence()
        yield control
        control.close()


@pytest.fixture
def method(in_arcadia, gateway):
    made = make_gateway_method(hold_secs=900)
    merchant = world.TOKO_RIZKY
    made.credentials = json.dumps(
        {
            "merchant_code": merchant.code,
            "api_key": merchant.api_key,
            "private_key": merchant.private_key,
        }
    )
    made.save()
    return made


@pytest.fixture
def pass_time(time, jobs):
    """Let beat and workers go on, tick by tick, until it is so; how long it took."""

    def wait(condition, *, at_most=PROMISED):
        start = time.now
        while not condition():
            assert time.now - start < at_most, "it took too long"
            time.now += TICK
            with no_tenant_scope():
                for task in due_at(time.now - start):
                    current_app.tasks[task]()
                jobs.run()
        return time.now - start

    return wait


def ask(method, time):
    order = make_order(now=time.now)
    return charges.choose_method(
        order_id=order.pk, method_id=method.public_id, now=time.now
    )


def fresh(row):
    row.refresh_from_db()
    return row


def is_delivered(payment):
    return lambda: Order.objects.get(pk=payment.order_id).status == "delivered"


@pytest.mark.parametrize("waited_secs", [0, 19, 300])
def test_money_without_any_callback_completes_the_order(
    method, gateway, time, pass_time, waited_secs
):
    payment = ask(method, time)
    time.now += timedelta(seconds=waited_secs)
    gateway.pay(payment.gateway_reference)

    took = pass_time(is_delivered(payment))

    assert took <= PROMISED
    assert fresh(payment).status == PaymentStatus.SETTLED
    assert not InboxEvent.objects.exists()


def test_many_orders_without_callbacks_are_all_completed(
    method, gateway, time, pass_time
):
    payments = [ask(method, time) for _ in range(5)]
    for payment in payments:
        gateway.pay(payment.gateway_reference)

    pass_time(lambda: not Order.objects.exclude(status="delivered").exists())

    assert {fresh(payment).status for payment in payments} == {"settled"}


def test_a_deposit_without_any_callback_is_credited(method, gateway, time, pass_time):
    customer = make_customer()
    payment = deposits.request_deposit(
        customer=customer,
        amount=50_000,
        method_id=method.public_id,
        request_key="click",
        now=time.now,
    )
    gateway.pay(payment.gateway_reference)

    pass_time(lambda: Deposit.objects.get().status == "credited")

    assert balance_of(customer) == 50_000


def test_a_gateway_that_stumbles_is_asked_again(method, gateway, time, pass_time):
    payment = ask(method, time)
    gateway.pay(payment.gateway_reference)
    gateway.fail_next(Fault.ERROR_500, path="transaction/detail")

    pass_time(is_delivered(payment))


def test_a_charge_whose_answer_was_lost_is_found_and_its_money_too(
    method, gateway, time, pass_time
):
    gateway.fail_next(Fault.ERROR_500_AFTER)
    payment = ask(method, time)
    assert payment.status == PaymentStatus.CREATED
    [charge] = gateway.list_transactions(merchant_ref=payment.reference)
    gateway.pay(charge["reference"])

    pass_time(is_delivered(payment))

    assert len(gateway.list_transactions(merchant_ref=payment.reference)) == 1


def test_money_after_the_deadline_is_found_too(method, gateway, time, pass_time):
    payment = ask(method, time)
    time.now = payment.expires_at
    pass_time(lambda: fresh(payment.order).status == OrderStatus.EXPIRED)
    gateway.pay(payment.gateway_reference, late=True)

    pass_time(is_delivered(payment), at_most=tasks.POLL_ENDED_EVERY + PROMISED)


def test_money_taken_back_before_anybody_asked_pays_nothing(
    method, gateway, time, pass_time
):
    payment = ask(method, time)
    gateway.pay(payment.gateway_reference)
    gateway.refund(payment.gateway_reference)

    pass_time(lambda: fresh(payment).status == PaymentStatus.REVERSED)

    assert fresh(payment.order).status == OrderStatus.AWAITING_PAYMENT
    assert not UnmatchedMoney.objects.exists()
