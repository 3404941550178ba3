"""Bills whose day ended before they were paid: asked for again, under a new reference.

The buyer has paid for the bill as it was. The same amount is paid under the new
reference; any other, or none, ends the purchase with nothing bought, and the money goes
back as of any purchase that failed.
"""

from datetime import datetime, timedelta

from inventory import locks
from inventory.models import BillInquiry, Purchase
from inventory.services import (
    bill_days,
    bill_questions,
    purchase_routes,
    purchase_transitions,
)
from inventory.services.bill_questions import ACTOR, INQUIRIES
from inventory.services.jakarta import day_of
from inventory.states import InquiryStatus, PurchaseStatus
from ppob.kit.db import forbid_transaction, unit_of_work

# The supplier is asked no more often, whatever sweeps find.
ASKED_EVERY = timedelta(minutes=3)


def ask_again(*, purchase_id: int, now: datetime) -> None:
    """Find out what the number of an open purchase owes today, and go on from there.

    Safe to repeat. Without an answer nothing changes, and a sweep asks again until the
    purchase is its owner's.
    """
    forbid_transaction()
    fresh = _claim(purchase_id, now=now)
    if fresh is None:
        return
    bill = bill_questions.ask(fresh)
    with unit_of_work("inventory.renew_bill"):
        # The purchase first, as everywhere.
        purchase = locks.lock_purchase(purchase_id)
        if bill_questions.keep_answer(fresh, bill, now=now):
            _go_on(purchase, fresh, now=now)


def _claim(purchase_id: int, *, now: datetime) -> BillInquiry | None:
    """The new question, written down, if it is ours to ask."""
    with unit_of_work("inventory.claim_renewal"):
        purchase = locks.lock_purchase(purchase_id)
        old = purchase.inquiry
        if old is None or not _needs_answer(purchase, old, now=now):
            return None
        asked = BillInquiry.objects.filter(
            holder=purchase.holder, asked_at__gt=now - ASKED_EVERY
        )
        # The question of the order itself does not count: it was about another day, or
        # its reference is used up.
        if asked.exclude(pk=old.pk).exists():
            return None
        line = purchase_routes.find_bill_line(purchase, old, now=now)
        if line is None:
            return None
        return bill_questions.write_down(
            bill_questions.new_question(like=old),
            account=line.account,
            now=now,
            holder=purchase.holder,
        )


def _needs_answer(purchase: Purchase, old: BillInquiry, *, now: datetime) -> bool:
    is_open = purchase.status == PurchaseStatus.OPEN and now < purchase.due_at
    if not is_open or locks.live_attempt(purchase) is not None:
        return False
    was_tried = purchase.attempts.filter(ref_id=old.ref_id).exists()
    # In the last minutes of a day an answer could not be used any more.
    is_late = now >= bill_days.end_of(day_of(now)) - bill_days.LAST_CALL
    return (was_tried or not bill_days.pays_now(old, now=now)) and not is_late


def _go_on(purchase: Purchase, fresh: BillInquiry, *, now: datetime) -> None:
    """Pay under the new reference if it is the same bill; else end the purchase."""
    if fresh.status == InquiryStatus.UNKNOWN:
        return
    old = purchase.inquiry
    is_wanted = (
        purchase.status == PurchaseStatus.OPEN and locks.live_attempt(purchase) is None
    )
    if old is None or not is_wanted:
        _drop(fresh, now=now)
        return
    if not _is_same(purchase, old, fresh):
        _drop(fresh, now=now)
        purchase_transitions.move_purchase(
            purchase,
            PurchaseStatus.FAILED,
            actor=ACTOR,
            now=now,
            reason=fresh.finding if fresh.billed is None else "the bill has changed",
        )
        return
    # The old one first: the database allows a line one that is used.
    INQUIRIES.try_move(old, InquiryStatus.OVER, actor=ACTOR, now=now)
    INQUIRIES.move(fresh, InquiryStatus.USED, actor=ACTOR, now=now, used_on=day_of(now))
    purchase.inquiry = fresh
    purchase.save(update_fields=["inquiry"])
    purchase_routes.queue_attempt(purchase, actor=ACTOR, now=now)


def _is_same(purchase: Purchase, old: BillInquiry, fresh: BillInquiry) -> bool:
    if fresh.billed is None or fresh.cost is None:
        return False
    return fresh.billed == old.billed and fresh.cost <= purchase.ceiling


def _drop(fresh: BillInquiry, *, now: datetime) -> None:
    # Where there was nothing to pay, nothing has to end.
    if fresh.status == InquiryStatus.ANSWERED:
        INQUIRIES.move(fresh, InquiryStatus.OVER, actor=ACTOR, now=now)
