"""Test money is not money.

A method in test mode talks to a sandbox or a simulator: whoever "pays" there pays
nothing. Only a simulated installation, in which nothing is real, takes it from buyers;
anywhere else such a method is kept with its keys, but offered to nobody, and what it
reports settles nothing. Where it is taken, it marks what it pays for.
"""

import logging
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.gateways.base import PaymentFact
from payments.models import Order, Payment
from payments.selectors import takes_test_money
from payments.states import PaymentStatus
from ppob.kit.db import require_transaction
from ppob.kit.errors import Conflict
from security.models import AuditEntry
from security.services import audit

log = logging.getLogger(__name__)

ACTION = "payment.test_money"


class TestMoneyOnly(Conflict):
    """The method only knows test money, and this store sells for real."""

    code = "TEST_MONEY"
    default = _(
        "This way to pay is in test mode: its money is not real, so buyers cannot use "
        "it here. Connect it with its production keys."
    )


def is_test(payment: Payment) -> bool:
    """Whether a payment's money is test money: by its method then, or now.

    Keys that changed their mode in between leave nothing to rely on.
    """
    return payment.is_test or payment.method.is_test


def mark(order: Order, *, is_test: bool) -> None:
    """Note on a locked order what kind of money pays for it."""
    require_transaction()
    if order.is_test != is_test:
        Order.objects.filter(pk=order.pk).update(is_test=is_test)
        order.is_test = is_test


def has_touched(customer_id: int) -> bool:
    """Whether test money ever reached this buyer; their balance may then hold some."""
    if not takes_test_money():
        return False
    return Payment.objects.filter(
        Q(order__customer_id=customer_id) | Q(deposit__customer_id=customer_id),
        is_test=True,
        status__in=[PaymentStatus.SETTLED, PaymentStatus.REVERSED],
    ).exists()


def refuse(payment: Payment, fact: PaymentFact, *, actor: str, now: datetime) -> None:
    """Write down, once, that test money was reported for a payment of a live store.

    The payment stays as it is: should its real money come, that still counts.
    """
    require_transaction()
    subject = f"payment:{payment.reference}"
    log.error("Test money for %s pays nothing here.", payment.reference)
    if not AuditEntry.objects.filter(action=ACTION, object=subject).exists():
        audit.record(
            actor=actor,
            action=ACTION,
            object=subject,
            now=now,
            data={"amount": fact.amount, "method": payment.method.name},
        )
