"""Sweepers find what is due in all stores, and one bad row does not stop them."""

import logging
from datetime import timedelta

import pytest
from django.db import OperationalError

from inventory import tasks as inventory_tasks
from inventory.models import Hold, StockAlert
from payments import cross_tenant, tasks
from payments.models import Order
from payments.services.incoming import callbacks, settlement
from payments.services.orders import checkout, delivery, expiry
from payments.states import OrderStatus, PaymentStatus
from ppob.kit import clock
from ppob.kit.errors import Conflict
from ppob.kit.scope import no_tenant_scope, tenant_scope
from security.models import InboxEvent
from tests.conftest import NOON
from tests.factories import (
    InboxEventFactory,
    make_gateway_method,
    make_order,
    make_payment,
    make_product,
)
from tests.payments.acts import LATE, pending, tell

SOON = NOON + timedelta(minutes=1)  # what is due later comes later in a sweep


@pytest.fixture
def at_time(monkeypatch):
    """Sweep as if it were that time."""

    def sweep(task, now):
        monkeypatch.setattr(clock, "now", lambda: now)
        with no_tenant_scope():
            task()

    return sweep


@pytest.fixture
def two_stores(in_arcadia, borealis):
    """An unpaid order in each of two stores; Arcadia's is due first."""
    ours = make_order()
    with tenant_scope(borealis.pk):
        theirs = make_order(now=SOON)
    return ours, theirs


def statuses(*orders):
    return [
        Order.across_tenants.values_list("status", flat=True).get(pk=order.pk)
        for order in orders
    ]


def failing_for(monkeypatch, service, name, row_id, error):
    """The service fails for this row and works for all others."""
    works = getattr(service, name)

    def fail_or_work(**arguments):
        if row_id in arguments.values():
            raise error
        return works(**arguments)

    monkeypatch.setattr(service, name, fail_or_work)


def test_orders_of_all_stores_expire(two_stores, at_time):
    at_time(tasks.expire_orders, NOON)
    assert statuses(*two_stores) == ["awaiting_payment"] * 2

    at_time(tasks.expire_orders, LATE)
    assert statuses(*two_stores) == ["expired"] * 2


@pytest.mark.parametrize("error", [Conflict("no"), ValueError("broken"), KeyError()])
def test_an_order_that_cannot_expire_does_not_keep_others_waiting(
    two_stores, at_time, monkeypatch, caplog, error
):
    ours, theirs = two_stores
    failing_for(monkeypatch, expiry, "expire_order", ours.pk, error)

    with caplog.at_level(logging.ERROR):
        at_time(tasks.expire_orders, LATE)

    assert statuses(ours, theirs) == ["awaiting_payment", "expired"]
    assert f"Expiry of order {ours.pk}" in caplog.text


def test_a_lost_database_ends_the_sweep(two_stores, at_time, monkeypatch):
    ours, theirs = two_stores
    failing_for(monkeypatch, expiry, "expire_order", ours.pk, OperationalError())

    with pytest.raises(OperationalError):
        at_time(tasks.expire_orders, LATE)

    assert statuses(ours, theirs) == ["awaiting_payment"] * 2


def test_an_order_that_cannot_be_delivered_does_not_keep_others_waiting(
    in_arcadia, at_time, monkeypatch, jobs
):
    first, second = pending(), pending()
    tell(first)
    tell(second, now=SOON)
    jobs.waiting.clear()
    failing_for(
        monkeypatch, delivery, "deliver_order", first.order_id, TypeError("broken")
    )

    at_time(tasks.sweep_deliveries, SOON + tasks.LOST_JOB)

    assert statuses(first.order, second.order) == ["paid", "delivered"]


def test_an_order_whose_codes_vanished_stays_with_people(
    in_arcadia, at_time, superuser, caplog
):
    payment = pending()
    tell(payment)
    superuser.execute("UPDATE inventory_hold SET status = 'released'")

    with caplog.at_level(logging.ERROR):
        at_time(tasks.sweep_deliveries, LATE)

    assert statuses(payment.order) == [OrderStatus.PAID]
    assert f"Delivery of order {payment.order_id} was refused" in caplog.text


def test_a_callback_that_cannot_be_applied_does_not_keep_others_waiting(
    in_arcadia, at_time, monkeypatch
):
    events = [
        InboxEventFactory(
            source="gateway:tripay",
            target=make_gateway_method().public_id,
            due_at=due_at,
        )
        for due_at in (NOON, SOON)
    ]
    failing_for(monkeypatch, callbacks, "process", events[0].pk, RuntimeError("broken"))

    at_time(tasks.sweep_inbox, LATE)

    keys_were_wrong = InboxEvent.objects.get(pk=events[1].pk)
    assert keys_were_wrong.status == "refused"


def test_gateways_are_asked_about_what_nobody_reported(
    in_arcadia, at_time, monkeypatch, jobs
):
    asked = []

    def check_payment(*, payment_id, now):
        asked.append(payment_id)
        if len(asked) == 1:
            raise settlement.CannotAsk
        if len(asked) == 2:
            raise settlement.WrongMoney("other reference")

    monkeypatch.setattr(settlement, "check_payment", check_payment)
    automatic = [make_payment() for _ in range(3)]
    pending()  # by transfer: there is nobody to ask

    jobs.waiting.clear()

    at_time(tasks.poll_payments, NOON + tasks.POLL_EVERY)
    jobs.run()

    assert sorted(asked) == sorted(payment.pk for payment in automatic)


@pytest.mark.parametrize(
    ("fields", "is_due"),
    [
        ({}, True),
        ({"created_at": NOON + timedelta(seconds=19)}, False),
        ({"checked_at": NOON}, True),
        ({"checked_at": NOON + timedelta(seconds=19)}, False),
        ({"status": PaymentStatus.CREATED}, True),
        ({"status": PaymentStatus.SETTLED, "checked_at": NOON}, False),
        ({"status": PaymentStatus.EXPIRED, "checked_at": NOON}, True),
        ({"status": PaymentStatus.FAILED, "checked_at": NOON}, True),
        (
            {
                "status": PaymentStatus.EXPIRED,
                "checked_at": NOON,
                "expires_at": NOON - timedelta(hours=25),
            },
            False,
        ),
    ],
)
def test_a_payment_is_due_for_a_question(in_arcadia, fields, is_due):
    payment = make_payment(**fields)

    due = cross_tenant.due_checks(
        open_before=NOON, ended_before=NOON, ended_after=NOON - tasks.WATCH_ENDED
    )

    assert due == ([(in_arcadia.pk, payment.pk)] if is_due else [])


def test_forgotten_holds_come_back_and_fresh_ones_stay(two_stores, at_time):
    at_time(inventory_tasks.release_expired_holds, NOON + timedelta(minutes=16))
    assert Hold.objects.get().status == "active"

    at_time(inventory_tasks.release_expired_holds, LATE)

    assert set(Hold.across_tenants.values_list("status", flat=True)) == {"released"}


def test_alerts_are_raised_even_when_every_job_was_lost(in_arcadia, at_time, jobs):
    product = make_product(codes=1)
    jobs.waiting.clear()

    at_time(inventory_tasks.sweep_alerts, NOON)

    assert StockAlert.objects.get().product_id == product.pk


def test_amounts_are_released_in_every_store(two_stores, borealis, at_time):
    payment = pending()
    checkout.cancel_order(order_id=payment.order_id, actor="discord:1", now=NOON)

    at_time(tasks.release_amounts, LATE + timedelta(days=2))

    payment.refresh_from_db()
    assert not payment.reserves_amount
