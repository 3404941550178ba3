"""Whom and what a message is about, from the ids in it."""

from collections.abc import Mapping
from typing import Any

from payments.models import Deposit, Order, Payment, Refund, UnmatchedMoney
from tenants.models import Customer

Payload = Mapping[str, Any]


def get_payment(payload: Payload) -> Payment:
    """The payment a message is about, with method, subject and buyer."""
    payment: Payment = Payment.objects.select_related(
        "order__customer", "deposit__customer", "method"
    ).get(pk=payload["payment"])
    return payment


def get_money(payload: Payload) -> UnmatchedMoney:
    """The odd money a message is about, with payment, method, subject and buyer."""
    found: UnmatchedMoney = UnmatchedMoney.objects.select_related(
        "payment__order__customer", "payment__deposit__customer", "payment__method"
    ).get(pk=payload["money"])
    return found


def get_deposit(payload: Payload) -> Deposit:
    """The top-up a message is about, with its buyer."""
    deposit: Deposit = Deposit.objects.select_related("customer").get(
        pk=payload["deposit"]
    )
    return deposit


def get_refund(payload: Payload) -> Refund:
    """The refund a message is about, with order and buyer."""
    refund: Refund = Refund.objects.select_related("order__customer").get(
        pk=payload["refund"]
    )
    return refund


def find_subject(payload: Payload) -> Order | Deposit | None:
    """The order or top-up a message is about; None where it names only its ticket."""
    if "order" in payload:
        order: Order = Order.objects.select_related("customer").get(pk=payload["order"])
        return order
    if "money" in payload:
        return get_money(payload).payment.subject
    if "payment" in payload:
        return get_payment(payload).subject
    if "deposit" in payload:
        return get_deposit(payload)
    return get_refund(payload).order if "refund" in payload else None


def find_order(payload: Payload) -> Order | None:
    """The order a message is about; None for news about a top-up."""
    subject = find_subject(payload)
    return subject if isinstance(subject, Order) else None


def find_customer(payload: Payload) -> Customer | None:
    """The buyer a message is about; None where it names only its ticket."""
    subject = find_subject(payload)
    return subject.customer if subject is not None else None
