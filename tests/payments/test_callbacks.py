"""A gateway reports: at the right door, signed, once, whatever the order of things."""

import hashlib
import hmac
import json
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.test import Client

from payments.models import (
    Delivery,
    LedgerEntry,
    Order,
    Payment,
    PaymentMethod,
    UnmatchedMoney,
)
from payments.services import ledger
from payments.services.incoming import callbacks
from payments.states import OrderStatus, PaymentStatus
from payments.tasks import sweep_deliveries, sweep_inbox
from ppob.kit import clock
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security.models import AuditEntry, InboxEvent
from security.services import inbox
from tests.conftest import NOON
from tests.factories import make_gateway_method, make_order
from tests.payments.acts import LATE
from tests.payments.invariants import violations
from tests.payments.racing import at_once

KEY = "private"  # of the method that the factory makes


@pytest.fixture
def payment(in_arcadia):
    """A payment by QRIS that Tripay has accepted."""
    order, method = make_order(), make_gateway_method()
    return Payment.objects.create(
        order=order,
        method=method,
        reference=f"T{order.tenant_id}-{order.code}-00000001",
        gateway_reference="DEV-T1",
        status=PaymentStatus.PENDING,
        amount=order.total,
        created_at=NOON,
        expires_at=LATE,
    )


def body_for(payment, **changes):
    news = {
        "reference": "DEV-T1",
        "merchant_ref": payment.reference,
        "payment_method": "QRIS",
        "total_amount": payment.amount,
        "fee_merchant": 750,
        "fee_customer": 0,
        "amount_received": payment.amount - 750,
        "is_closed_payment": 1,
        "status": "PAID",
        "paid_at": 1_773_464_400,
    }
    return json.dumps(news | changes).encode()


def signed(body, *, key=KEY, event="payment_status"):
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Callback-Signature": signature, "X-Callback-Event": event}


def post(body, *, method_id, headers=None, gateway="tripay"):
    """Through the door, like a stranger: no session and no scope."""
    with no_tenant_scope():
        return Client().post(
            f"/api/v1/callbacks/{gateway}/{method_id}/",
            data=body,
            content_type="application/json",
            headers=signed(body) if headers is None else headers,
        )


def report(payment, **changes):
    return post(body_for(payment, **changes), method_id=payment.method.public_id)


def test_a_report_of_money_pays_and_delivers(payment, jobs, superuser):
    answer = report(payment)
    assert LedgerEntry.objects.count() == 0  # the door only keeps it
    jobs.run()

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert Order.objects.get().status == OrderStatus.DELIVERED
    event = InboxEvent.objects.get()
    assert (event.status, event.result) == ("processed", "settled")
    assert violations(superuser) == {}


def test_a_report_that_comes_a_hundred_times_counts_once(payment, jobs, superuser):
    for _ in range(100):
        assert report(payment).status_code == 200
    jobs.run()

    assert InboxEvent.objects.count() == 1
    assert Delivery.objects.count() == 1
    assert LedgerEntry.objects.count() == 2
    assert violations(superuser) == {}


def test_reports_that_come_at_once_count_once(payment, jobs, superuser):
    body = body_for(payment)
    receive = partial(
        callbacks.receive,
        gateway="tripay",
        method_id=payment.method.public_id,
        headers=signed(body),
        body=body,
        now=NOON,
    )

    events = at_once([receive] * 12)
    process = partial(callbacks.process, event_id=events[0].pk, now=NOON)
    at_once([process] * 6)
    jobs.run()

    assert len({event.pk for event in events}) == 1
    assert InboxEvent.objects.get().attempts == 1
    assert Delivery.objects.count() == 1
    assert violations(superuser) == {}


def test_differently_worded_reports_of_one_payment_count_once(payment, jobs, superuser):
    for note in ("first", "second", "third"):
        report(payment, note=note)
    jobs.run()

    assert InboxEvent.objects.count() == 3
    assert LedgerEntry.objects.count() == 2
    assert not UnmatchedMoney.objects.exists()
    assert violations(superuser) == {}


@pytest.mark.parametrize("status", ["EXPIRED", "FAILED", "UNPAID"])
def test_old_news_after_the_money_changes_nothing(payment, jobs, status):
    report(payment)
    report(payment, status=status, paid_at=None)
    jobs.run()

    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SETTLED
    assert Order.objects.get().status == OrderStatus.DELIVERED


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Callback-Signature": "", "X-Callback-Event": "payment_status"},
        {"X-Callback-Signature": "0" * 64, "X-Callback-Event": "payment_status"},
    ],
)
def test_an_unsigned_report_is_refused_and_not_kept(payment, jobs, headers):
    answer = post(
        body_for(payment), method_id=payment.method.public_id, headers=headers
    )

    assert answer.status_code == 401
    assert answer.json()["code"] == "BAD_SIGNATURE"
    assert not InboxEvent.objects.exists()
    assert "payments.process_callback" not in jobs.run()
    refused = AuditEntry.objects.get(action="callback.refused")
    assert refused.actor == "gateway:tripay"


def test_a_report_signed_with_another_key_is_refused(payment):
    body = body_for(payment)

    answer = post(
        body,
        method_id=payment.method.public_id,
        headers=signed(body, key="another merchant's"),
    )

    assert answer.status_code == 401


def test_a_changed_report_is_refused(payment):
    headers = signed(body_for(payment))

    answer = post(
        body_for(payment, total_amount=1),
        method_id=payment.method.public_id,
        headers=headers,
    )

    assert answer.status_code == 401


def test_one_merchant_cannot_report_for_another(payment, borealis, jobs):
    with tenant_scope(borealis.pk):
        theirs = make_gateway_method()
    body = body_for(payment)

    answer = post(body, method_id=theirs.public_id)
    jobs.run()

    # Their own signature is right, and their store knows no such payment.
    assert answer.status_code == 200
    with tenant_scope(borealis.pk):
        event = InboxEvent.objects.get()
        assert (event.status, event.result) == ("refused", "unknown reference")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING
    assert not LedgerEntry.objects.exists()


def test_one_method_cannot_report_for_another_of_the_same_store(payment, jobs):
    other = make_gateway_method()
    post(body_for(payment), method_id=other.public_id)
    jobs.run()

    assert InboxEvent.objects.get().result == "unknown reference"
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.PENDING


@pytest.mark.parametrize("gateway", ["manual", "midtrans", "TRIPAY"])
def test_a_door_that_does_not_exist_is_404(payment, gateway):
    for method_id in (payment.method.public_id, uuid4()):
        answer = post(body_for(payment), method_id=method_id, gateway=gateway)
        assert answer.status_code == 404


def test_only_posts_get_in(payment):
    with no_tenant_scope():
        answer = Client().get(f"/api/v1/callbacks/tripay/{payment.method.public_id}/")

    assert answer.status_code == 405


def test_an_endless_report_is_refused(payment):
    body = body_for(payment, note="x" * 70_000)

    answer = post(body, method_id=payment.method.public_id)

    assert answer.status_code == 413
    assert not InboxEvent.objects.exists()


def test_a_report_of_less_pays_nothing(payment, jobs, superuser):
    report(payment, total_amount=payment.amount - 1)
    jobs.run()

    assert Order.objects.get().status == OrderStatus.AWAITING_PAYMENT
    assert UnmatchedMoney.objects.get().amount == payment.amount - 1
    assert violations(superuser) == {}


def test_a_report_of_more_pays_and_the_rest_is_the_buyers(payment, jobs, superuser):
    report(payment, total_amount=payment.amount + 1)
    jobs.run()

    order = Order.objects.get()
    assert order.status == OrderStatus.DELIVERED
    assert UnmatchedMoney.objects.get().amount == 1
    assert ledger.wallet_balance(order.customer_id) == 1
    assert violations(superuser) == {}


def test_a_report_whose_job_was_lost_is_found_by_the_sweeper(
    payment, jobs, monkeypatch, superuser
):
    report(payment)
    jobs.waiting.clear()  # the broker forgot everything
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=10))

    with no_tenant_scope():
        sweep_inbox()
    jobs.waiting.clear()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(seconds=20))
    with no_tenant_scope():
        sweep_deliveries()

    assert Order.objects.get().status == OrderStatus.DELIVERED
    assert violations(superuser) == {}


def test_a_crash_between_effect_and_closing_undoes_both_and_is_repeated(
    payment, jobs, superuser, monkeypatch
):
    body = body_for(payment)
    event = callbacks.receive(
        gateway="tripay",
        method_id=payment.method.public_id,
        headers=signed(body),
        body=body,
        now=NOON,
    )

    def crash(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(inbox, "close_event", crash)
        with pytest.raises(KeyboardInterrupt):
            callbacks.process(event_id=event.pk, now=NOON)
    assert InboxEvent.objects.get().status == "received"
    assert not LedgerEntry.objects.exists()

    callbacks.process(event_id=event.pk, now=LATE)

    assert InboxEvent.objects.get().status == "processed"
    assert LedgerEntry.objects.count() == 1
    assert violations(superuser) == {}


def test_keys_that_were_changed_meanwhile_leave_the_report_for_people(payment, jobs):
    report(payment)
    method = PaymentMethod.objects.get(pk=payment.method_id)
    method.credentials = json.dumps(
        {"merchant_code": "T1", "api_key": "DEV-new", "private_key": "new"}
    )
    method.save()

    jobs.run()

    event = InboxEvent.objects.get()
    assert (event.status, event.result) == ("refused", "keys changed")
