"""Until when the answer about a bill can be used: on its own day in Jakarta alone.

Suppliers want the payment on the date of the question. No payment leaves in the last
minutes of a day: it could arrive on the next one, and what is paid then under an old
reference is not documented.
"""

from datetime import datetime, timedelta

from inventory.models import BillInquiry, Purchase, PurchaseAttempt, SupplierProduct
from inventory.services import purchase_transitions
from inventory.services.jakarta import day_of, end_of, next_time
from inventory.states import AttemptStatus
from ppob.kit import jobs
from ppob.kit.db import require_transaction

# As long as a call can take from its claim to its end.
LAST_CALL = timedelta(minutes=2)
# What a buyer orders is paid by then, and can still be thought over and sent.
LAST_ORDER = timedelta(minutes=10)


def pays_now(inquiry: BillInquiry, *, now: datetime) -> bool:
    """Whether a payment under this reference may leave at this moment."""
    return day_of(now) == inquiry.day and now < end_of(inquiry.day) - LAST_CALL


def last_order(option: SupplierProduct | None, *, asked_at: datetime) -> datetime:
    """By when an order for what was answered at `asked_at` has to be paid.

    Before its day ends, and before the supplier's line closes.
    """
    last = end_of(day_of(asked_at))
    closes = option.closed_from if option is not None else None
    if option is not None and closes is not None and closes != option.closed_until:
        last = min(last, next_time(closes, after=asked_at))
    return last - LAST_ORDER


def may_send(attempt: PurchaseAttempt, *, actor: str, now: datetime) -> bool:
    """Whether the locked attempt may go to its supplier now; always, but for bills.

    A bill whose day is over is not paid under the old reference: that is given up here,
    before anything was sent, and the bill is asked for again.
    """
    require_transaction()
    inquiry = attempt.purchase.inquiry
    if inquiry is None or pays_now(inquiry, now=now):
        return True
    if day_of(now) == inquiry.day:
        # In the last minutes of the day it waits for the next one.
        PurchaseAttempt.objects.filter(pk=attempt.pk).update(due_at=end_of(inquiry.day))
    elif attempt.status == AttemptStatus.QUEUED:
        purchase_transitions.move_attempt(
            attempt,
            AttemptStatus.FAILED,
            actor=actor,
            now=now,
            reason="its day is over",
        )
        ask_again_soon(attempt.purchase)
    return False


def ask_again_soon(purchase: Purchase) -> None:
    """Have a worker ask what the number of this purchase owes today."""
    jobs.enqueue(
        "inventory.ask_bill_again",
        tenant_id=purchase.tenant_id,
        purchase_id=purchase.pk,
    )
