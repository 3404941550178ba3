"""Money that really came in and is not what was asked for.

It is never refused into nothing: it is booked once per receipt and goes to the buyer's
balance. Where the store keeps no balances it waits for the seller, with a deadline.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from payments.models import Payment, UnmatchedMoney
from payments.services import ledger
from payments.services.ledger import Posting
from payments.services.policy import find_policy
from payments.services.unmatched_moves import move_money
from payments.signals import money_credited, money_unmatched
from payments.states import AccountKind, UnmatchedReason, UnmatchedStatus
from ppob.kit import live
from ppob.kit.db import require_transaction

DECIDE_WITHIN = timedelta(hours=24)
ACTOR = "system"


@dataclass(frozen=True)
class Receipt:
    """Money as somebody reported it; `key` names the receipt, so it counts once."""

    amount: int
    key: str
    at: datetime


def is_known(payment: Payment, key: str) -> bool:
    """Whether this receipt of a locked payment was kept before."""
    return UnmatchedMoney.objects.filter(payment=payment, event_key=key).exists()


def keep(
    payment: Payment, receipt: Receipt, reason: UnmatchedReason, *, now: datetime
) -> None:
    """Book what came in for a locked payment, once, and find a place for it."""
    require_transaction()
    money, is_new = UnmatchedMoney.objects.get_or_create(
        payment=payment,
        event_key=receipt.key[:100],
        defaults={
            "amount": receipt.amount,
            "reason": reason,
            "received_at": receipt.at,
            "due_at": now + DECIDE_WITHIN,
        },
    )
    if not is_new:
        return  # the same receipt, told again
    money.payment = payment
    ledger.book(
        subject=payment.subject,
        reason=f"unmatched:{money.public_id}",
        postings=[
            Posting(AccountKind.CLEARING, receipt.amount, method_id=payment.method_id),
            Posting(AccountKind.UNMATCHED, -receipt.amount),
        ],
        now=now,
    )
    if find_policy().wallet_is_on:
        credit(money, actor=ACTOR, now=now)
    else:
        money_unmatched.send(UnmatchedMoney, tenant_id=payment.tenant_id, money=money)
        live.announce(payment.tenant_id, "money", money=str(money.public_id))


def credit(money: UnmatchedMoney, *, actor: str, now: datetime) -> None:
    """Add open money to its buyer's balance. Raises IllegalMove if it is settled."""
    subject = money.payment.subject
    move_money(money, UnmatchedStatus.CREDITED, actor=actor, now=now)
    # A buyer who asked for it back may be given the balance again, once.
    word = "recredited" if money.asked_back_at else "credited"
    ledger.book(
        subject=subject,
        reason=f"{word}:{money.public_id}",
        postings=[
            Posting(AccountKind.UNMATCHED, money.amount),
            Posting(AccountKind.WALLET, -money.amount, customer_id=subject.customer_id),
        ],
        now=now,
    )
    money_credited.send(UnmatchedMoney, tenant_id=money.tenant_id, money=money)
