"""Money that a gateway took back after it had reported it."""

from datetime import datetime

from payments import locks
from payments.models import (
    Deposit,
    LedgerEntry,
    Order,
    Payment,
    RefundPart,
    UnmatchedMoney,
)
from payments.services import (
    deposit_moves,
    held_codes,
    ledger,
    odd_money,
    order_moves,
    payment_moves,
    refund_moves,
)
from payments.services.ledger import Posting
from payments.services.unmatched_moves import move_money
from payments.signals import payment_reversed
from payments.states import (
    OPEN_PAYMENTS,
    AccountKind,
    DepositStatus,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    RefundTo,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit.db import require_transaction

NOTE = "taken back by the payment provider"


def reverse(payment: Payment, *, actor: str, now: datetime) -> None:
    """Undo a locked payment whose subject is locked; doing it again changes nothing.

    What has not been delivered is not delivered any more. A balance never goes below
    zero: what was spent or delivered already is the store's loss, and it is told.
    """
    require_transaction()
    if payment.status == PaymentStatus.REVERSED:
        return
    if payment.status in OPEN_PAYMENTS:  # its buyer hears that it failed
        payment_moves.move_payment(payment, PaymentStatus.FAILED, now=now, actor=actor)
    was_here = payment.status == PaymentStatus.SETTLED
    payment_moves.move_payment(payment, PaymentStatus.REVERSED, now=now, actor=actor)
    if not was_here:
        return  # news that it came may still be on its way, and must not count
    postings = _take_back(payment, actor=actor, now=now)
    covered = sum(posting.amount for posting in postings)
    loss = payment.amount - covered
    ledger.book(
        subject=payment.subject,
        reason=f"reversed:{payment.reference}",
        postings=[
            *postings,
            Posting(AccountKind.LOSSES, loss),
            Posting(AccountKind.CLEARING, -payment.amount, method_id=payment.method_id),
        ],
        now=now,
    )
    payment_reversed.send(
        Payment, tenant_id=payment.tenant_id, payment=payment, loss=loss
    )


def _take_back(payment: Payment, *, actor: str, now: datetime) -> list[Posting]:
    """Where the money lies now, as far as it can be taken from there."""
    was_used = LedgerEntry.objects.filter(
        reason=f"settled:{payment.reference}"
    ).exists()
    if not was_used:
        return _from_odd_money(payment, actor=actor, now=now)
    subject = payment.subject
    if isinstance(subject, Deposit):
        return _from_deposit(payment, subject, actor=actor, now=now)
    to_pay_out = _close_payouts(payment, subject, actor=actor, now=now)
    postings = [Posting(AccountKind.PAYABLE, to_pay_out)]
    if subject.status == OrderStatus.PAID:
        rest = payment.amount - to_pay_out
        postings += _from_order(subject, rest, actor=actor, now=now)
    return postings


def _from_deposit(
    payment: Payment, deposit: Deposit, *, actor: str, now: datetime
) -> list[Posting]:
    deposit_moves.move_deposit(deposit, DepositStatus.REVERSED, actor=actor, now=now)
    return _from_wallet(deposit.customer_id, payment.amount, actor=actor, now=now)


def _from_order(
    order: Order, amount: int, *, actor: str, now: datetime
) -> list[Posting]:
    """End a paid order that is not delivered; what the balance paid goes back there."""
    left = order.total - order.refunded
    Order.objects.filter(pk=order.pk).update(refunded=order.total)
    order.refunded = order.total
    for target in (OrderStatus.REFUNDING, OrderStatus.REFUNDED):
        order_moves.move_order(
            order, target, actor=actor, now=now, reason="payment taken back"
        )
    held_codes.give_back(order, actor=actor, now=now)
    back_to_balance = max(0, left - amount)
    return [
        Posting(AccountKind.HELD, left),
        Posting(AccountKind.WALLET, -back_to_balance, customer_id=order.customer_id),
    ]


def _close_payouts(payment: Payment, order: Order, *, actor: str, now: datetime) -> int:
    """What waits to be sent back was sent by the provider: nobody pays it out again."""
    amount = 0
    for part in RefundPart.objects.filter(
        payment=payment,
        destination=RefundTo.SOURCE,
        refund__status=RefundStatus.PAYING_OUT,
    ).order_by("refund_id"):
        refund = locks.lock_refund(part.refund_id)
        refund_moves.finish_refund(refund, order, note=NOTE, actor=actor, now=now)
        amount += part.amount
    return amount


def _from_odd_money(payment: Payment, *, actor: str, now: datetime) -> list[Posting]:
    money = (
        UnmatchedMoney.objects.filter(payment=payment, amount=payment.amount)
        .exclude(reason__in=[UnmatchedReason.OVERPAID, UnmatchedReason.ASKED_BACK])
        .first()
    )
    if money is None or money.status == UnmatchedStatus.RETURNED:
        return []
    if money.status == UnmatchedStatus.CREDITED:
        customer_id = payment.subject.customer_id
        return _from_wallet(customer_id, payment.amount, actor=actor, now=now)
    if money.status == UnmatchedStatus.OPEN:
        move_money(
            money,
            UnmatchedStatus.RETURNED,
            actor=actor,
            now=now,
            note=NOTE,
        )
        return [Posting(AccountKind.UNMATCHED, money.amount)]
    return _from_applied(payment, actor=actor, now=now)


def _from_applied(payment: Payment, *, actor: str, now: datetime) -> list[Posting]:
    order = payment.order
    if order is not None and order.status == OrderStatus.PAID:
        return _from_order(order, payment.amount, actor=actor, now=now)
    return []


def _from_wallet(
    customer_id: int, amount: int, *, actor: str, now: datetime
) -> list[Posting]:
    # A balance that its buyer asked back still lies here: nobody pays it out twice.
    for money in locks.lock_asked_back(customer_id):
        odd_money.credit(money, actor=actor, now=now)
    there = min(amount, ledger.lock_wallet(customer_id))
    return [Posting(AccountKind.WALLET, there, customer_id=customer_id)]
