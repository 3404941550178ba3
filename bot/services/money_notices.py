"""What buyers and sellers are told when money goes another way than the usual one.

Everything here runs inside the transaction of the change itself, so a message exists if
and only if what it tells has happened.
"""

from datetime import datetime

from bot import selectors
from bot.models import Ticket
from bot.services import outbox
from payments.models import (
    Deposit,
    Discrepancy,
    Order,
    Payment,
    Refund,
    Reversal,
    UnmatchedMoney,
)
from payments.states import DepositStatus, RefundStatus


def transfer_announced(payment: Payment, *, now: datetime) -> None:
    """The buyer says the transfer was made: the seller looks at the account."""
    _to_log(
        payment.subject,
        "log_transfer",
        payload={"payment": payment.pk},
        dedupe_key=f"payment:{payment.pk}:announced",
        now=now,
    )


def money_unmatched(money: UnmatchedMoney, *, now: datetime) -> None:
    """Money waits for the seller: it fits nothing, or its buyer wants it back."""
    word = "asked_back" if money.asked_back_at else "unmatched"
    _to_both(
        money.payment.subject,
        f"money_{word}",
        payload={"money": money.pk},
        dedupe_key=f"money:{money.pk}:{word}",
        now=now,
    )


def money_returned(money: UnmatchedMoney, *, now: datetime) -> None:
    """The seller sent money back that fitted nothing."""
    _to_buyer(
        money.payment.subject,
        "money_returned",
        payload={"money": money.pk},
        dedupe_key=f"money:{money.pk}:returned",
        now=now,
    )


def money_credited(money: UnmatchedMoney, *, now: datetime) -> None:
    """Money that was not what was asked for went to the buyer's balance."""
    again = ":again" if money.asked_back_at else ""
    _to_both(
        money.payment.subject,
        "money_credited",
        payload={"money": money.pk},
        dedupe_key=f"money:{money.pk}:credited{again}",
        now=now,
    )


def deposit_moved(deposit: Deposit, *, target: DepositStatus, now: datetime) -> None:
    """A top-up arrived. Unpaid ones end in silence: nobody lost anything."""
    if target == DepositStatus.CREDITED:
        _to_both(
            deposit,
            "deposit_credited",
            payload={"deposit": deposit.pk},
            dedupe_key=f"deposit:{deposit.pk}:credited",
            now=now,
        )


def refund_moved(refund: Refund, *, target: RefundStatus, now: datetime) -> None:
    """Money goes back to a buyer; what only concerns the seller, only they read."""
    payload = {"refund": refund.pk, "status": target.value}
    key = f"refund:{refund.pk}:{target.value}"
    if target in (RefundStatus.PAYING_OUT, RefundStatus.DONE):
        _to_buyer(
            refund.order,
            f"refund_{target.value}",
            payload=payload,
            dedupe_key=key,
            now=now,
        )
    _to_log(
        refund.order, "log_refund", payload=payload, dedupe_key=f"{key}:log", now=now
    )


def payment_reversed(payment: Payment, *, reversal: Reversal, now: datetime) -> None:
    """A gateway took money of a payment back, all or a part."""
    _to_both(
        payment.subject,
        "payment_reversed",
        payload={
            "payment": payment.pk,
            "amount": reversal.booked,
            "loss": reversal.loss,
        },
        dedupe_key=f"reversal:{reversal.pk}",
        now=now,
    )


def discrepancy_found(discrepancy: Discrepancy, *, now: datetime) -> None:
    """A gateway contradicts what is known: the seller decides."""
    _to_log(
        discrepancy.payment.subject,
        "log_discrepancy",
        payload={"discrepancy": discrepancy.pk},
        dedupe_key=f"discrepancy:{discrepancy.pk}",
        now=now,
    )


def method_troubled(method_id: int, *, trouble: str, now: datetime) -> None:
    """A way to pay needs the seller: its keys, or messages that nobody can use."""
    outbox.to_log(
        kind="log_method_trouble",
        payload={"method": method_id, "trouble": trouble},
        dedupe_key=f"method:{method_id}:{trouble}:{now:%y%m%d%H%M%S%f}",
        now=now,
    )


def account_troubled(account_id: int, *, trouble: str, now: datetime) -> None:
    """A supplier account needs the seller, for the same reasons."""
    outbox.to_log(
        kind="log_supplier_trouble",
        payload={"account": account_id, "trouble": trouble},
        dedupe_key=f"account:{account_id}:{trouble}:{now:%y%m%d%H%M%S%f}",
        now=now,
    )


def _to_both(
    subject: Order | Deposit,
    kind: str,
    *,
    payload: outbox.Payload,
    dedupe_key: str,
    now: datetime,
) -> None:
    _to_buyer(subject, kind, payload=payload, dedupe_key=f"{dedupe_key}:buyer", now=now)
    _to_log(
        subject,
        f"log_{kind}",
        payload=payload,
        dedupe_key=f"{dedupe_key}:log",
        now=now,
    )


def _to_buyer(
    subject: Order | Deposit,
    kind: str,
    *,
    payload: outbox.Payload,
    dedupe_key: str,
    now: datetime,
) -> None:
    outbox.to_buyer(
        subject.customer,
        ticket=_ticket_of(subject),
        kind=kind,
        payload=payload,
        dedupe_key=dedupe_key,
        now=now,
    )


def _to_log(
    subject: Order | Deposit,
    kind: str,
    *,
    payload: outbox.Payload,
    dedupe_key: str,
    now: datetime,
) -> None:
    ticket = _ticket_of(subject)
    outbox.to_log(
        guild_id=ticket.guild_id if ticket is not None else 0,
        kind=kind,
        payload=payload,
        dedupe_key=dedupe_key,
        now=now,
    )


def _ticket_of(subject: Order | Deposit) -> Ticket | None:
    return selectors.find_ticket(subject) if isinstance(subject, Order) else None
