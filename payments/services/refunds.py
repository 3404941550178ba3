"""Giving the money of an order back: all or a part, to the balance or to its source."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from catalog.states import ProductKind
from inventory.models import Purchase
from inventory.services import purchases
from payments import locks
from payments.models import Order, OrderLine, Refund, RefundPart
from payments.services import (
    held_codes,
    ledger,
    order_moves,
    refund_moves,
    refund_split,
    wallet_limits,
)
from payments.services.ledger import Posting
from payments.services.policy import approval_limits
from payments.services.refund_split import Part
from payments.states import AccountKind, OrderStatus, RefundStatus, RefundTo
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from security.services import audit
from tenants.auth import require, require_not_own
from tenants.models import Member
from tenants.permissions import Permission

PAY_OUT_WITHIN = timedelta(days=3)
UNDELIVERED = (OrderStatus.PAID, OrderStatus.DELIVERING)
_DELIVERED = (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
SYSTEM = "job:payments.refund_overdue"


class CannotRefund(Conflict):
    """Nothing of this order can be given back (any more); nothing was booked."""

    code = "CANNOT_REFUND"
    default = _("Nothing of this order can be refunded.")


class RefundedMeanwhile(Conflict):
    """Somebody refunded a part since the page was opened."""

    code = "REFUNDED_MEANWHILE"
    default = _("Somebody has refunded this order in the meantime. Look again, please.")


class NeedsSecondPerson(Conflict):
    """Who asked for a refund cannot approve it."""

    code = "NEEDS_SECOND_PERSON"
    default = _("Somebody else has to approve this refund.")


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


def request_refund(
    *, member: Member, order: Order, draft: RefundDraft, now: datetime
) -> Refund:
    """Refund an order, or ask a second person to approve it above the store's limit.

    Raises NotAllowed, OwnMoney, InvalidInput, CannotRefund, RefundedMeanwhile, or
    WalletFull.
    """
    require(member, Permission.REFUND)
    if len(draft.reason.strip()) < 3:
        raise InvalidInput(_("Say why."), field="reason")
    with unit_of_work("payments.request_refund"):
        locked = locks.lock_order(order.pk)
        require_not_own(member, locked.customer)
        known = Refund.objects.filter(request_key=draft.request_key).first()
        if known is not None:
            return _same(known, locked)
        if locked.refunded != draft.seen_refunded:
            raise RefundedMeanwhile
        _check_amount(locked, draft.amount)
        if Refund.objects.filter(
            order=locked, status=RefundStatus.AWAITING_APPROVAL
        ).exists():
            raise CannotRefund(_("A refund of this order waits for approval."))
        refund = _write(locked, draft, requested_by=member.actor, now=now)
        if refund.status != RefundStatus.AWAITING_APPROVAL:
            _execute(refund, locked, actor=member.actor, now=now)
        _note(refund, "refund.requested", member=member, now=now, reason=draft.reason)
    return refund


def approve_refund(*, member: Member, refund: Refund, now: datetime) -> Refund:
    """A second person agrees: the money moves.

    Raises NotAllowed, OwnMoney, NeedsSecondPerson, IllegalMove, CannotRefund or
    WalletFull.
    """
    require(member, Permission.REFUND)
    with unit_of_work("payments.approve_refund"):
        order, locked = _lock(refund)
        require_not_own(member, order.customer)
        if locked.status != RefundStatus.AWAITING_APPROVAL:
            raise order_moves.IllegalMove(_("Somebody has decided already."))
        if locked.requested_by == member.actor:
            raise NeedsSecondPerson
        _check_amount(order, locked.amount)
        Refund.objects.filter(pk=locked.pk).update(approved_by=member.actor)
        locked.approved_by = member.actor
        _execute(locked, order, actor=member.actor, now=now)
        _note(locked, "refund.approved", member=member, now=now)
    return locked


def reject_refund(
    *, member: Member, refund: Refund, reason: str, now: datetime
) -> Refund:
    """A second person disagrees: nothing is given back."""
    require(member, Permission.REFUND)
    with unit_of_work("payments.reject_refund"):
        order, locked = _lock(refund)
        require_not_own(member, order.customer)
        refund_moves.move_refund(
            locked,
            RefundStatus.REJECTED,
            actor=member.actor,
            now=now,
            note=reason.strip()[:200],
        )
        _note(locked, "refund.rejected", member=member, now=now, reason=reason)
    return locked


def note_paid_out(
    *, member: Member, refund: Refund, note: str, now: datetime
) -> Refund:
    """The seller sent the money back to its source and says how."""
    require(member, Permission.REFUND)
    if not note.strip():
        raise InvalidInput(_("Say how and to whom you paid it back."), field="note")
    with unit_of_work("payments.note_paid_out"):
        order, locked = _lock_payout(refund)
        require_not_own(member, order.customer)
        refund_moves.finish_refund(
            locked, order, note=note.strip()[:200], actor=member.actor, now=now
        )
        parts = _source_parts(locked)
        ledger.book(
            subject=order,
            reason=f"paid_out:{locked.public_id}",
            postings=[
                Posting(AccountKind.PAYABLE, sum(part.amount for part in parts)),
                *(
                    Posting(
                        AccountKind.CLEARING,
                        -part.amount,
                        method_id=part.payment.method_id,
                    )
                    for part in parts
                ),
            ],
            now=now,
        )
        _note(locked, "refund.paid_out", member=member, now=now, reason=note)
    return locked


def turn_to_balance(*, member: Member, refund: Refund, now: datetime) -> Refund:
    """The money cannot go back to its source: it goes to the buyer's balance."""
    require(member, Permission.REFUND)
    with unit_of_work("payments.turn_to_balance"):
        order, locked = _lock_payout(refund)
        require_not_own(member, order.customer)
        refund_moves.finish_refund(locked, order, note="", actor=member.actor, now=now)
        amount = sum(part.amount for part in _source_parts(locked))
        ledger.book(
            subject=order,
            reason=f"paid_out:{locked.public_id}",
            postings=[
                Posting(AccountKind.PAYABLE, amount),
                Posting(AccountKind.WALLET, -amount, customer_id=order.customer_id),
            ],
            now=now,
        )
        _note(locked, "refund.to_balance", member=member, now=now)
    return locked


def refund_overdue(*, order_id: int, before: datetime, now: datetime) -> bool:
    """Refund an order to the balance that was paid `before` and never delivered.

    False while that is not due, or a supplier may still have bought it.
    """
    try:
        with unit_of_work("payments.refund_overdue"):
            order = locks.lock_order(order_id)
            if order.status not in UNDELIVERED or (order.paid_at or now) > before:
                return False
            refund_undeliverable(order, actor=SYSTEM, now=now)
    except purchases.OutcomeUnclear:
        return False  # its owner has been asked to find out
    return True


def refund_undeliverable(order: Order, *, actor: str, now: datetime) -> None:
    """Give the rest of a locked order back that cannot be delivered, to the balance.

    Part of the caller's transaction. Raises OutcomeUnclear while a supplier may have
    bought it.
    """
    require_transaction()
    _undo_loss(order, now=now)
    if order.refunded == order.total:
        _end_undelivered(order, actor=actor, reason="payment taken back", now=now)
        order_moves.move_order(order, OrderStatus.REFUNDED, actor=actor, now=now)
        return
    draft = RefundDraft(
        amount=order.total - order.refunded,
        to=RefundTo.BALANCE,
        reason="could not be delivered",
        request_key=f"undeliverable:{order.public_id}",
        seen_refunded=order.refunded,
    )
    refund = _write(order, draft, requested_by=actor, now=now, is_free=True)
    _execute(refund, order, actor=actor, now=now)


def _same(known: Refund, order: Order) -> Refund:
    if known.order_id != order.pk:
        raise CannotRefund
    return known


def _check_amount(order: Order, amount: int) -> None:
    if order.status not in (*UNDELIVERED, *_DELIVERED):
        raise CannotRefund
    left = refund_split.amount_left(order)
    if left <= 0:
        raise CannotRefund(_("This order has been refunded already."))
    if not 1 <= amount <= left:
        raise InvalidInput(
            _("At most what was paid and not refunded yet can be given back."),
            field="amount",
        )


def _write(
    order: Order,
    draft: RefundDraft,
    *,
    requested_by: str,
    now: datetime,
    is_free: bool = False,
) -> Refund:
    """The refund's row and its birth; `is_free` needs no second person."""
    limit = approval_limits(now=now).refund
    needs_approval = not is_free and order.refunded + draft.amount > limit
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
    refund_moves.record_event(
        refund, source=None, target=status, actor=requested_by, now=now
    )
    return refund


def _execute(refund: Refund, order: Order, *, actor: str, now: datetime) -> None:
    """Take the money from where it lies; what goes to the balance arrives at once."""
    require_transaction()
    Order.objects.filter(pk=order.pk).update(refunded=F("refunded") + refund.amount)
    order.refunded += refund.amount
    parts = refund_split.split(
        order, refund.amount, RefundTo(refund.destination), now=now
    )
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
    is_undelivered = order.status in UNDELIVERED
    _book(refund, order, parts, is_undelivered=is_undelivered, now=now)
    if is_undelivered and order.refunded == order.total:
        _end_undelivered(order, actor=actor, reason=refund.reason, now=now)
    if any(part.to == RefundTo.SOURCE for part in parts):
        if refund.status == RefundStatus.AWAITING_APPROVAL:
            refund_moves.move_refund(
                refund, RefundStatus.PAYING_OUT, actor=actor, now=now
            )
        return
    refund_moves.finish_refund(refund, order, note="", actor=actor, now=now)


def _within_limit(order: Order, parts: list[Part]) -> list[Part]:
    """What is given back by itself and has no room on the balance is paid out by hand.

    What was on the balance before always fits.
    """
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


def _undo_loss(order: Order, *, now: datetime) -> None:
    """What a gateway took back of an order in delivery was not lost after all."""
    lost = order.total - order.refunded - refund_split.amount_left(order)
    if lost:
        Order.objects.filter(pk=order.pk).update(refunded=F("refunded") + lost)
        order.refunded += lost
        ledger.book(
            subject=order,
            reason=f"recovered:{order.public_id}",
            postings=[
                Posting(AccountKind.HELD, lost),
                Posting(AccountKind.LOSSES, -lost),
            ],
            now=now,
        )


def _end_undelivered(order: Order, *, actor: str, reason: str, now: datetime) -> None:
    _stop_purchases(order, actor=actor, now=now)
    order_moves.move_order(
        order, OrderStatus.REFUNDING, actor=actor, now=now, reason=reason
    )
    held_codes.give_back(order, actor=actor, now=now)


def _stop_purchases(order: Order, *, actor: str, now: datetime) -> None:
    """Make sure that no supplier delivers what is refunded."""
    lines = OrderLine.objects.filter(order=order, kind=ProductKind.TOPUP)
    bought = Purchase.objects.filter(holder__in=lines.values("public_id"))
    for purchase in bought.order_by("pk"):
        purchases.give_up(
            purchase_id=purchase.pk, actor=actor, reason="refunded", now=now
        )


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
    source = AccountKind.HELD if is_undelivered else AccountKind.REFUNDS
    ledger.book(
        subject=order,
        reason=f"refund:{refund.public_id}",
        postings=[
            Posting(source, refund.amount),
            Posting(
                AccountKind.WALLET,
                -to_balance,
                customer_id=order.customer_id,
                unlimited=was_there,
            ),
            Posting(AccountKind.PAYABLE, to_balance - refund.amount),
        ],
        now=now,
    )


def _source_parts(refund: Refund) -> list[RefundPart]:
    parts = RefundPart.objects.filter(refund=refund, destination=RefundTo.SOURCE)
    return list(parts.select_related("payment"))


def _lock(refund: Refund) -> tuple[Order, Refund]:
    order = locks.lock_order(refund.order_id)
    return order, locks.lock_refund(refund.pk)


def _lock_payout(refund: Refund) -> tuple[Order, Refund]:
    order, locked = _lock(refund)
    if locked.status != RefundStatus.PAYING_OUT:
        raise order_moves.IllegalMove(_("This refund is not waiting to be paid out."))
    return order, locked


def _note(
    refund: Refund, action: str, *, member: Member, now: datetime, reason: str = ""
) -> None:
    audit.record(
        actor=member.actor,
        action=action,
        object=f"refund:{refund.public_id}",
        now=now,
        data={"amount": refund.amount, "order": refund.order_id},
        reason=reason.strip()[:200],
    )
