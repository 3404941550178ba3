"""Many hands on one report and one deposit, and what guards each.

Every race has its control: the same hands with the guard taken away, and the harm.
"""

import hashlib
import hmac
import json
from functools import partial

import pytest

from payments import locks as payment_locks
from payments.models import (
    Delivery,
    LedgerEntry,
    Order,
    Payment,
    UnmatchedMoney,
)
from payments.services import ledger
from payments.services.incoming import callbacks, deposits, receiving, settlement
from payments.states import AccountKind, PaymentStatus
from security.models import InboxEvent
from tests.conftest import NOON
from tests.factories import (
    make_customer,
    make_gateway_method,
    make_order,
)
from tests.payments.acts import (
    LATE,
    balance_of,
    deliver,
    open_transfer,
    tell,
)
from tests.payments.invariants import violations
from tests.payments.racing import at_once, crowd, meeting, outcomes, without_constraint

STAFF = 20
TELLINGS = 100


@pytest.fixture
def report(in_arcadia):
    """What the gateway says about a payment, signed, to be received by a door."""
    order, method = make_order(), make_gateway_method()
    payment = Payment.objects.create(
        order=order,
        method=method,
        reference=f"T{order.tenant_id}-{order.code}-00000001",
        status=PaymentStatus.PENDING,
        amount=order.total,
        created_at=NOON,
        expires_at=LATE,
    )
    body = json.dumps(
        {
            "reference": "DEV-T1",
            "merchant_ref": payment.reference,
            "total_amount": payment.amount,
            "is_closed_payment": 1,
            "status": "PAID",
        }
    ).encode()
    signature = hmac.new(b"private", body, hashlib.sha256).hexdigest()
    return partial(
        callbacks.receive,
        gateway="tripay",
        method_id=method.public_id,
        headers={
            "X-Callback-Signature": signature,
            "X-Callback-Event": "payment_status",
        },
        body=body,
        now=NOON,
    )


def test_one_report_a_hundred_times_at_once_counts_once(report, superuser):
    def receive_and_process():
        event = report()
        callbacks.process(event_id=event.pk, now=NOON)
        return event.pk

    results = crowd([receive_and_process] * TELLINGS)
    deliver(Order.objects.get())

    assert set(results) == {InboxEvent.objects.get().pk}
    assert InboxEvent.objects.get().status == "processed"
    assert LedgerEntry.objects.count() == 2
    assert Delivery.objects.count() == 1
    assert not UnmatchedMoney.objects.exists()
    assert violations(superuser) == {}


def test_without_locks_and_unique_reason_one_report_is_booked_many_times(
    report, monkeypatch, superuser
):
    """The control: everybody sees a payment that waits, nothing else decides."""
    payment, meet = Payment.objects.get(), meeting(8)

    rows = Payment.objects.select_related("method", "order__customer")

    def look(payment_id):
        found = rows.get(pk=payment_id)
        meet()
        return found

    def move_unconditionally(row, target, *, now, **fields):
        type(row).objects.filter(pk=row.pk).update(status=target)
        return row

    monkeypatch.setattr(settlement.locks, "lock_payment_with_subject", look)
    monkeypatch.setattr(settlement.transitions, "move_payment", move_unconditionally)
    monkeypatch.setattr(receiving.paying, "pay_order", lambda order, **arguments: True)

    without = partial(without_constraint, superuser)
    receipt = without("payments_receipt", "receipt_once")
    with without("payments_ledgerentry", "entry_once"), receipt:
        outcomes([partial(tell, payment)] * 8)

        assert ledger.balance(AccountKind.CLEARING) == 8 * payment.amount
        assert "event_booked_once" in violations(superuser)


def test_a_deposit_told_twenty_times_at_once_is_credited_once(in_arcadia, superuser):
    customer = make_customer()
    payment = deposits.request_deposit(
        customer=customer,
        amount=50_000,
        method_id=open_transfer().public_id,
        request_key="click",
        now=NOON,
    )

    at_once(
        [
            *[partial(tell, payment)] * STAFF,
            partial(deposits.expire_deposit, deposit_id=payment.deposit_id, now=LATE),
        ]
    )

    assert balance_of(customer) == 50_000
    assert violations(superuser) == {}


def test_a_deposit_clicked_twenty_times_at_once_is_one(in_arcadia, superuser):
    click = partial(
        deposits.request_deposit,
        customer=make_customer(),
        amount=50_000,
        method_id=open_transfer().public_id,
        request_key="click",
        now=NOON,
    )

    payments = at_once([click] * STAFF)

    assert len({payment.pk for payment in payments}) == Payment.objects.count() == 1
    assert violations(superuser) == {}


def asking(customer, method, *, key):
    return partial(
        deposits.request_deposit,
        customer=customer,
        amount=50_000,
        method_id=method.public_id,
        request_key=key,
        now=NOON,
    )


def test_a_limit_holds_when_many_ask_at_once_and_not_without_the_lock(
    in_arcadia, monkeypatch
):
    customer, method = make_customer(), open_transfer()
    at_once([asking(customer, method, key=f"a{n}") for n in range(8)])
    assert Payment.objects.count() == deposits.MOST_OPEN

    meet = meeting(8)
    free = payment_locks.Standing(is_store_open=True, is_blocked=False)
    monkeypatch.setattr(payment_locks, "lock_standing", lambda pk: meet() or free)
    rival = make_customer("bima")
    at_once([asking(rival, method, key=f"b{n}") for n in range(8)])
    assert Payment.objects.count() > 2 * deposits.MOST_OPEN
