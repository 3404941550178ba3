"""What a buyer does in a ticket: choose how to pay, say it is paid, look, rate."""

from dataclasses import dataclass
from datetime import datetime

from bot.access import NotYours, access_own_order, access_own_payment
from bot.services import notices
from payments import selectors
from payments.models import Order, Payment, PaymentMethod
from payments.services import charges, delivery, settlement
from payments.services.connect import is_automatic
from payments.services.delivery import RevealedCode
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import NotFound
from security.services import audit
from tenants.models import Customer


@dataclass(frozen=True)
class PaidAnswer:
    """What became of "I have paid": the gateway's word, or a note to the seller."""

    order: Order
    status: PaymentStatus
    is_automatic: bool


def pay_with(
    *, customer: Customer, order_id: int, method_id: int, now: datetime
) -> Payment:
    """The payment of the buyer's own order by this method (our row's id).

    Raises NotYours, NotFound, or what `charges.choose_method` raises.
    """
    order = access_own_order(customer, order_id)
    public_id = (
        PaymentMethod.objects.filter(pk=method_id)
        .values_list("public_id", flat=True)
        .first()
    )
    if public_id is None:
        raise NotFound
    return charges.choose_method(order_id=order.pk, method_id=public_id, now=now)


def methods_for(
    *, customer: Customer, order_id: int
) -> tuple[Order, list[PaymentMethod]]:
    """The buyer's own order that waits for money, and the ways to pay it."""
    order = access_own_order(customer, order_id)
    if order.status != OrderStatus.AWAITING_PAYMENT:
        raise charges.OrderNotPayable
    return order, selectors.active_methods()


def say_paid(*, customer: Customer, payment_id: int, now: datetime) -> PaidAnswer:
    """Ask the gateway at once, or have the seller look at the account."""
    payment = access_own_payment(customer, payment_id)
    if is_automatic(payment.method):
        status = settlement.check_payment(payment_id=payment_id, now=now)
        return PaidAnswer(payment.order, status, is_automatic=True)
    status = PaymentStatus(payment.status)
    if status == PaymentStatus.PENDING:
        with unit_of_work("bot.say_paid"):
            noted = settlement.buyer_says_paid(payment_id=payment_id, now=now)
            notices.transfer_announced(noted, now=now)
    return PaidAnswer(payment.order, status, is_automatic=False)


@dataclass(frozen=True)
class Look:
    """A buyer's look at their codes, and when they first looked."""

    order: Order
    codes: list[RevealedCode]
    first_seen_at: datetime


def look_at_codes(*, customer: Customer, order_id: int, now: datetime) -> Look:
    """The codes of the buyer's own order.

    Anybody else gets NotYours, and the audit trail gets an entry about it.
    """
    try:
        order = access_own_order(customer, order_id)
    except NotYours:
        _note_refusal(customer, order_id, now=now)
        raise
    codes = delivery.reveal_codes(customer=customer, order_id=order_id, now=now)
    first_seen_at = selectors.first_revealed([order_id]).get(order_id, now)
    return Look(order, codes, first_seen_at)


def _note_refusal(customer: Customer, order_id: int, *, now: datetime) -> None:
    order = Order.objects.get(pk=order_id)
    with unit_of_work("bot.refuse_codes"):
        audit.record(
            actor=customer.actor,
            action="codes.refused",
            object=f"order:{order.public_id}",
            now=now,
            data={"code": order.code},
        )
