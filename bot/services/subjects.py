"""Whom and what a message is about, from the ids in it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from bot import selectors
from bot.message_kinds import About
from bot.models import Ticket
from bot.presenters.subject import Subject
from payments.models import Deposit, Order, Payment, Refund, UnmatchedMoney
from ppob.kit import scope
from tenants.models import Customer, Tenant

Payload = Mapping[str, Any]


def get_order(about: About) -> Order:
    """The order a message is about, by its own id or its ticket's, with its buyer."""
    orders = Order.objects.select_related("customer")
    # What was handed over from a ticket to a direct message has no ticket any more.
    if "order" in about.payload:
        found: Order = orders.get(pk=about.payload["order"])
    else:
        found = orders.get(tickets=about.ticket_id)
    return found


def get_payment(payload: Payload) -> Payment:
    """The payment a message is about, with method, subject and buyer."""
    payment: Payment = Payment.objects.select_related(
        "order__customer", "deposit__customer", "method"
    ).get(pk=payload["payment"])
    return payment


def get_money(payload: Payload) -> UnmatchedMoney:
    """The unapplied money of a message, with payment, method, subject and buyer."""
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


def subject_of(row: Order | Deposit) -> Subject:
    """What a message says of an order or a top-up, as plain values."""
    return Subject(row.code, isinstance(row, Deposit), row.customer.discord_id)


def find_ticket(row: Order | Deposit) -> Ticket | None:
    """The ticket of an order; a top-up has none."""
    return selectors.find_ticket(row) if isinstance(row, Order) else None


def guild_of(ticket: Ticket | None) -> int:
    """The server (our row's id) whose log channel reads about a ticket; 0 for any."""
    return ticket.guild_id if ticket is not None else 0


def get_store() -> Tenant:
    """The store in scope."""
    return Tenant.objects.get(pk=scope.get_tenant_id())


def dashboard() -> str:
    """The address of the store's dashboard, with a slash at its end."""
    return f"{settings.SITE_URL.rstrip('/')}/toko/{get_store().slug}/"
