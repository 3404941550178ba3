"""A refund's row and its bookings: the steps that every way to refund shares.

Both are part of the caller's transaction, and the order is locked.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from catalog.states import SUPPLIED_KINDS
from inventory.models import Purchase
from inventory.services import purchases
from inventory.states import PurchaseStatus
from payments.models import Order, OrderLine, Refund, RefundPart
from payments.services import ledger, transitions
from payments.services.ledger import Posting, wallet_limits
from payments.services.ledger.policy import approval_limits
from payments.services.refunds.approval import is_too_much_for_one, make_plan
from payments.services.refunds.refund_split import Part
from payments.states import AccountKind, EntryKind, OrderStatus, RefundStatus, RefundTo
from ppob.kit.db import require_transaction

PAY_OUT_WITHIN = timedelta(days=3)


@dataclass(frozen=True)
class RefundDraft:
    """A refund as it was entered.

    `seen_refunded` is what had been given back when the form was built, `request_key`
    names that form: two clicks, or two people at once, are one refund.
    """

    amount: int
    to: RefundTo
    reason: str
    request_key: str
    seen_refunded: int


def write(
    order: Order,
    draft: RefundDraft,
    *,
    requested_by: str,
    now: datetime,
    is_free: bool = False,
) -> Refund:
    """A new refund and its first event; `is_free` needs no second person."""
    require_transaction()
    limit = approval_limits(now=now).refund
    needs_approval = not is_free and is_too_much_for_one(
        order, draft.amount, limit=limit
    )
    status = (
        RefundStatus.AWAITING_APPROVAL if needs_approval else RefundStatus.PAYING_OUT
    )
    refund: Refund = Refund.objects.create(
        request_key=draft.request_key,
        order=order,
        amount=draft.amount,
        destination=draft.to,
        status=status,
        reason=draft.reason.strip()[:200],
        requested_by=requested_by,
        requested_at=now,
        due_at=now + PAY_OUT_WITHIN,
    )
    transitions.REFUNDS.note_created(refund, actor=requested_by, now=now)
    return refund


def execute(refund: Refund, order: Order, *, actor: str, now: datetime) -> None:
    """Take the money from where it lies; what goes to the balance arrives at once."""
    require_transaction()
    # Before `refunded` grows: the plan compares it with the total.
    plan = make_plan(order, refund.amount, RefundTo(refund.destination), now=now)
    # A check constraint refuses more than the total, whatever was checked before.
    Order.objects.filter(pk=order.pk).update(refunded=F("refunded") + refund.amount)
    order.refunded += refund.amount
    parts = plan.parts
    # Staff is refused where the balance is full; what runs by itself has nobody to ask
    # and needs another way.
    if not refund.requested_by.startswith("user:"):
        parts = _within_limit(order, parts)
    RefundPart.objects.bulk_create(
        RefundPart(
            tenant_id=refund.tenant_id,
            refund=refund,
            payment_id=part.payment.pk,
            amount=part.amount,
            destination=part.to,
        )
        for part in parts
    )
    _book(refund, order, parts, is_undelivered=plan.is_undelivered, now=now)
    # Where a supplier may have bought it, this raises and undoes all of the above.
    if plan.ends_order:
        end_undelivered(order, actor=actor, reason=refund.reason, now=now)
    if any(part.to == RefundTo.SOURCE for part in parts):
        if refund.status == RefundStatus.AWAITING_APPROVAL:
            transitions.move_refund(
                refund, RefundStatus.PAYING_OUT, actor=actor, now=now
            )
        return
    transitions.finish_refund(refund, order, note="", actor=actor, now=now)


def end_undelivered(order: Order, *, actor: str, reason: str, now: datetime) -> None:
    """Stop the purchases of an order whose money goes back, and begin to refund it.

    That it is being refunded gives its codes back (`payments.receivers`).
    """
    require_transaction()
    if has_bought(order):
        raise purchases.AlreadyBought
    stop_purchases(order, actor=actor, now=now)
    transitions.move_order(
        order, OrderStatus.REFUNDING, actor=actor, now=now, reason=reason
    )


def _within_limit(order: Order, parts: list[Part]) -> list[Part]:
    """What is given back by itself and has no room on the balance is paid out by hand.

    What was on the balance before always fits.
    """
    # Locked: the room has to be there still when it is booked.
    ledger.lock_wallet(order.customer_id)
    room = wallet_limits.room_for(order.customer_id)
    placed = []
    for part in parts:
        is_limited = part.to == RefundTo.BALANCE and not part.payment.from_balance
        if is_limited and part.amount > room:
            part = replace(part, to=RefundTo.SOURCE)
        elif is_limited:
            room -= part.amount
        placed.append(part)
    return placed


def has_bought(order: Order) -> bool:
    """Whether a supplier has delivered anything of this order."""
    return _purchases_of(order).filter(status=PurchaseStatus.SUCCEEDED).exists()


def stop_purchases(order: Order, *, actor: str, now: datetime) -> None:
    """Make sure that no supplier delivers what of a locked order was not bought yet.

    Raises OutcomeUnclear while one may have.
    """
    require_transaction()
    rest = _purchases_of(order).exclude(status=PurchaseStatus.SUCCEEDED)
    # By key, after their order: the order of locks that all others keep.
    for purchase in rest.order_by("pk"):
        purchases.give_up(
            purchase_id=purchase.pk, actor=actor, reason="refunded", now=now
        )


def _purchases_of(order: Order) -> QuerySet[Purchase]:
    lines = OrderLine.objects.filter(order=order, kind__in=SUPPLIED_KINDS)
    return Purchase.objects.filter(holder__in=lines.values("public_id"))


def _book(
    refund: Refund,
    order: Order,
    parts: list[Part],
    *,
    is_undelivered: bool,
    now: datetime,
) -> None:
    to_balance = sum(part.amount for part in parts if part.to == RefundTo.BALANCE)
    was_there = sum(part.amount for part in parts if part.payment.from_balance)
    # What was delivered is not held any more: it has been booked as sold.
    source = AccountKind.HELD if is_undelivered else AccountKind.REFUNDS
    ledger.book(
        subject=order,
        kind=EntryKind.REFUND,
        source=refund.public_id,
        postings=[
            Posting(source, refund.amount),
            Posting(
                AccountKind.WALLET,
                -to_balance,
                customer_id=order.customer_id,
                # What the balance had paid always fits back.
                unlimited=was_there,
            ),
            Posting(AccountKind.PAYABLE, to_balance - refund.amount),
        ],
        now=now,
    )
