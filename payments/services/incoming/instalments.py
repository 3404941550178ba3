"""Parts of an order's price that came before the rest: they pay it together.

Where the store keeps balances a part lies on its buyer's balance, otherwise it waits as
unapplied money. Either way it counts towards the order it was sent for, while it is
still there.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from payments.models import Order, Payment, UnmatchedMoney
from payments.services import ledger, transitions
from payments.services.ledger import Posting, reservations
from payments.states import (
    AccountKind,
    EntryKind,
    PaymentStatus,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit.db import require_transaction


@dataclass(frozen=True)
class Cover:
    """What pays an order's whole price, in rupiah.

    `counted` comes from the new money, `share` from the buyer's balance, and `parts`
    are used whole.
    """

    counted: int
    share: int
    parts: tuple[UnmatchedMoney, ...] = ()


def find_cover(order: Order, payment: Payment, amount: int) -> Cover | None:
    """How `amount` that came for a payment pays its locked order; None if it doesn't.

    The new money is used first, with what is set aside from the balance; then parts
    that wait, then parts on the balance.
    """
    planned = _planned_share(order, payment)
    share = max(planned, order.reserved)
    # First as it was asked for: money for the whole price, asked for earlier, gives
    # back what was set aside for a later choice.
    for taken in (planned, share):
        if amount >= order.total - taken:
            return Cover(counted=order.total - taken, share=taken)
    parts = waiting_parts(order, at_most=order.total - share)
    missing = order.total - share - sum(part.amount for part in parts)
    if amount < missing:
        share += min(missing - amount, _came_to_balance(order))
        missing = order.total - share - sum(part.amount for part in parts)
    # Parts on a balance may be spent by now: they pay only while they are there.
    if amount < missing or not reservations.can_add_share(order, share):
        return None
    return Cover(counted=missing, share=share, parts=tuple(parts))


def waiting_parts(order: Order, *, at_most: int) -> list[UnmatchedMoney]:
    """Parts of a locked order that wait, oldest first, as far as they are needed."""
    found: list[UnmatchedMoney] = []
    # Neither what its buyer wants back nor what still needs a second person pays.
    for part in UnmatchedMoney.objects.filter(
        payment__order=order,
        status=UnmatchedStatus.OPEN,
        reason=UnmatchedReason.UNDERPAID,
        asked_back_at__isnull=True,
        needs_second_person=False,
    ).order_by("pk"):
        # Whole or not at all: a part has one row and is applied by one entry.
        if part.amount <= at_most:
            found.append(part)
            at_most -= part.amount
    return found


def waiting_total(order: Order) -> int:
    """What of the price has come already and waits for the rest (rupiah)."""
    return sum(part.amount for part in waiting_parts(order, at_most=order.total))


def missing_of(order: Order) -> int:
    """What of an order's price is still to come (rupiah): less what came in parts."""
    came = waiting_total(order) + order.reserved + _came_to_balance(order)
    return max(0, order.total - came)


def apply_parts(
    order: Order, parts: tuple[UnmatchedMoney, ...], *, actor: str, now: datetime
) -> None:
    """Use these parts whole for their locked order."""
    require_transaction()
    for part in parts:
        transitions.move_unapplied(part, UnmatchedStatus.APPLIED, actor=actor, now=now)
        ledger.book(
            subject=order,
            kind=EntryKind.APPLIED,
            # `ledger.shares` finds by it which payment gave this to the order.
            source=part.public_id,
            postings=[
                Posting(AccountKind.UNMATCHED, part.amount),
                Posting(AccountKind.HELD, -part.amount),
            ],
            now=now,
        )


def _planned_share(order: Order, payment: Payment) -> int:
    """What of the price the balance was to pay when this payment was asked for."""
    planned = order.total - payment.net
    if planned <= 0:
        return 0  # it asked for the whole price
    if order.reserved:
        return min(planned, order.reserved)
    # It was set aside once and went back when the order ended.
    released = (
        Payment.objects.filter(
            order=order, from_balance=True, status=PaymentStatus.EXPIRED
        )
        .order_by("-pk")
        .values_list("amount", flat=True)
        .first()
    )
    share = min(planned, released or 0)
    return share if reservations.can_add_share(order, share) else 0


def _came_to_balance(order: Order) -> int:
    """What of this order's parts went to its buyer's balance (rupiah), spent or not."""
    came = UnmatchedMoney.objects.filter(
        payment__order=order,
        status=UnmatchedStatus.CREDITED,
        reason=UnmatchedReason.UNDERPAID,
        asked_back_at__isnull=True,
    ).aggregate(total=Sum("amount"))["total"]
    return came or 0
