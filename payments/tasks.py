"""What workers do for orders and money."""

import logging
from datetime import timedelta

from celery import shared_task

from payments import platform
from payments.services import callbacks, charges, delivery, expiry, settlement
from payments.services.settlement import CannotAsk, WrongMoney
from ppob.kit import clock
from ppob.kit.errors import DomainError
from ppob.kit.scope import tenant_scope
from tenants.jobs import tenant_job
from tenants.platform import list_active_tenant_ids

log = logging.getLogger(__name__)

POLL_EVERY = timedelta(seconds=20)
WATCH_ENDED = timedelta(hours=24)  # money may still arrive on what we gave up
LOST_JOB = timedelta(seconds=3)


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
    try:
        settlement.check_payment(payment_id=payment_id, now=clock.now())
    except CannotAsk:
        log.info("The gateway was silent about payment %s.", payment_id)
    except WrongMoney as problem:
        log.error("The gateway's answer does not fit: %s", problem)


@shared_task(name="payments.sweep_inbox")
def sweep_inbox() -> None:
    """Work on callbacks whose job was lost or that have to be tried again."""
    now = clock.now()
    for tenant_id, event_id in platform.due_inbox_events(
        source=callbacks.SOURCE, now=now - LOST_JOB
    ):
        process_callback(tenant_id=tenant_id, event_id=event_id)


@shared_task(name="payments.sweep_deliveries")
def sweep_deliveries() -> None:
    """Deliver paid orders whose job was lost."""
    for tenant_id, order_id in platform.due_deliveries(before=clock.now() - LOST_JOB):
        try:
            deliver_order(tenant_id=tenant_id, order_id=order_id)
        except DomainError as refusal:
            log.error("Order %s is paid and cannot be delivered: %s", order_id, refusal)


@shared_task(name="payments.expire_orders")
def expire_orders() -> None:
    """Expire unpaid orders whose time is over."""
    now = clock.now()
    for tenant_id, order_id in platform.due_expiries(now=now):
        with tenant_scope(tenant_id):
            expiry.expire_order(order_id=order_id, now=now)


@shared_task(name="payments.poll_payments")
def poll_payments() -> None:
    """Ask gateways about payments that no callback has settled."""
    now = clock.now()
    for tenant_id, payment_id in platform.due_checks(
        open_before=now - POLL_EVERY, ended_after=now - WATCH_ENDED
    ):
        check_payment(tenant_id=tenant_id, payment_id=payment_id)


@shared_task(name="payments.release_amounts")
def release_amounts() -> None:
    """Let unique transfer amounts be used again after their cool-down."""
    for tenant_id in list_active_tenant_ids():
        with tenant_scope(tenant_id):
            charges.release_amounts(now=clock.now())
