"""What workers do for orders and money."""

import logging
from datetime import datetime, timedelta

from celery import shared_task

from inventory import cross_tenant as inventory
from payments import cross_tenant
from payments.services import refunds
from payments.services.incoming import (
    callbacks,
    charges,
    deposits,
    settlement,
    troubles,
)
from payments.services.incoming.settlement import CannotAsk, WrongMoney
from payments.services.orders import delivery, expiry, undo
from ppob.kit import clock, jobs
from tenants.jobs import sweep, tenant_job

log = logging.getLogger(__name__)

POLL_EVERY = timedelta(seconds=20)
POLL_ENDED_EVERY = timedelta(minutes=10)
WATCH_ENDED = timedelta(hours=24)  # money may still arrive on what we gave up
LOST_JOB = timedelta(seconds=3)
REFUND_AFTER = timedelta(hours=24)  # a paid order is delivered by then, or refunded


@tenant_job("payments.process_callback")
def process_callback(event_id: int) -> None:
    """Apply one stored callback."""
    callbacks.process(event_id=event_id, now=clock.now())


@tenant_job("payments.deliver_order")
def deliver_order(order_id: int) -> None:
    """Deliver one paid order."""
    delivery.deliver_order(order_id=order_id, now=clock.now())


@tenant_job("payments.check_payment")
def check_payment(payment_id: int) -> None:
    """Ask the gateway about one payment."""
    _ask(payment_id, now=clock.now())


@shared_task(name="payments.sweep_inbox")
def sweep_inbox() -> None:
    """Work on callbacks whose job was lost or that have to be tried again."""
    now = clock.now()
    sweep(
        cross_tenant.due_inbox_events(
            source=callbacks.HANDLER.source, now=now - LOST_JOB
        ),
        lambda event_id: callbacks.process(event_id=event_id, now=now),
        what="Callback",
    )


@shared_task(name="payments.try_keys")
def try_keys() -> None:
    """Go on with callbacks that wait for keys which can be opened again."""
    now = clock.now()
    sweep(
        cross_tenant.methods_without_keys(),
        lambda method_id: troubles.try_keys(method_id=method_id, now=now),
        what="Keys of method",
    )


@shared_task(name="payments.sweep_deliveries")
def sweep_deliveries() -> None:
    """Deliver paid orders whose job was lost."""
    now = clock.now()
    sweep(
        cross_tenant.due_deliveries(before=now - LOST_JOB),
        lambda order_id: delivery.deliver_order(order_id=order_id, now=now),
        what="Delivery of order",
    )


@shared_task(name="payments.expire_orders")
def expire_orders() -> None:
    """Expire unpaid orders whose time is over."""
    now = clock.now()
    sweep(
        cross_tenant.due_expiries(now=now),
        lambda order_id: expiry.expire_order(order_id=order_id, now=now),
        what="Expiry of order",
    )


@shared_task(name="payments.expire_deposits")
def expire_deposits() -> None:
    """Expire top-ups whose time to pay is over."""
    now = clock.now()
    sweep(
        cross_tenant.due_deposit_expiries(now=now),
        lambda deposit_id: deposits.expire_deposit(deposit_id=deposit_id, now=now),
        what="Expiry of deposit",
    )


@shared_task(name="payments.refund_overdue")
def refund_overdue() -> None:
    """Give the money of orders back that were paid and never could be delivered."""
    now = clock.now()
    before = now - REFUND_AFTER
    sweep(
        cross_tenant.due_refunds(before=before),
        lambda order_id: refunds.refund_overdue(
            order_id=order_id, before=before, now=now
        ),
        what="Refund of order",
    )


@shared_task(name="payments.give_back_late")
def give_back_late() -> None:
    """Give the money of late top-ups back that reached no supplier."""
    now = clock.now()
    sweep(
        inventory.unsent_purchases(
            now=now, but_of=cross_tenant.stores_without_late_refund()
        ),
        lambda purchase_id: undo.give_back_late(purchase_id=purchase_id, now=now),
        what="Late purchase",
    )


@shared_task(name="payments.poll_payments")
def poll_payments() -> None:
    """Have gateways asked about payments that no callback has settled.

    A job each: a gateway that lets us wait must not keep the others' news from coming.
    """
    now = clock.now()
    for tenant_id, payment_id in cross_tenant.due_checks(
        open_before=now - POLL_EVERY,
        ended_before=now - POLL_ENDED_EVERY,
        ended_after=now - WATCH_ENDED,
    ):
        jobs.enqueue(
            "payments.check_payment", tenant_id=tenant_id, payment_id=payment_id
        )


@shared_task(name="payments.release_amounts")
def release_amounts() -> None:
    """Let unique transfer amounts be used again after their cool-down."""
    now = clock.now()
    sweep(
        [
            (tenant_id, tenant_id)
            for tenant_id in cross_tenant.stores_to_release(
                before=now - charges.COOLDOWN
            )
        ],
        lambda _tenant_id: charges.release_amounts(now=now),
        what="Unique amounts of store",
    )


def _ask(payment_id: int, *, now: datetime) -> None:
    try:
        settlement.check_payment(payment_id=payment_id, now=now)
    except CannotAsk:
        log.info("The gateway was silent about payment %s.", payment_id)
    except WrongMoney as problem:
        log.error("The gateway's answer does not fit: %s", problem)
