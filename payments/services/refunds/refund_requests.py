"""Giving the money of an order back: all or a part, to the balance or to its source."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from inventory.services import purchases
from payments import locks
from payments.models import Order, Refund, RefundPart
from payments.services import ledger, transitions
from payments.services.ledger import Posting
from payments.services.refunds import refund_booking, refund_split
from payments.services.refunds.approval import UNDELIVERED
from payments.services.refunds.refund_booking import RefundDraft
from payments.states import AccountKind, EntryKind, OrderStatus, RefundStatus, RefundTo
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from ppob.kit.machine import IllegalMove
from security.services import audit
from tenants.actors import Actor
from tenants.auth import is_second_person, require, require_not_own
from tenants.permissions import Permission

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


def request_refund(
    *, actor: Actor, order: Order, draft: RefundDraft, now: datetime
) -> Refund:
    """Refund an order, or ask a second person to approve it above the store's limit.

    Raises NotAllowed, OwnMoney, InvalidInput, CannotRefund, RefundedMeanwhile, or
    WalletFull.
    """
    require(actor, Permission.REFUND)
    if len(draft.reason.strip()) < 3:
        raise InvalidInput(_("Say why."), field="reason")
    with unit_of_work("payments.request_refund"):
        locked = locks.lock_order(order.pk)
        require_not_own(actor, locked.customer)
        # After the lock: the second click has waited for the first and finds its
        # refund.
        known = Refund.objects.filter(request_key=draft.request_key).first()
        if known is not None:
            return _same(known, locked)
        if locked.refunded != draft.seen_refunded:
            raise RefundedMeanwhile
        _check_amount(locked, draft.amount)
        # What waits for approval may take the same rupiah later.
        if Refund.objects.filter(
            order=locked, status=RefundStatus.AWAITING_APPROVAL
        ).exists():
            raise CannotRefund(_("A refund of this order waits for approval."))
        refund = refund_booking.write(locked, draft, requested_by=actor.name, now=now)
        if refund.status != RefundStatus.AWAITING_APPROVAL:
            refund_booking.execute(refund, locked, actor=actor.name, now=now)
        _note(refund, "refund.requested", actor=actor, now=now, reason=draft.reason)
    return refund


def approve_refund(*, actor: Actor, refund: Refund, now: datetime) -> Refund:
    """A second person agrees: the money moves.

    Raises NotAllowed, OwnMoney, NeedsSecondPerson, IllegalMove, CannotRefund or
    WalletFull.
    """
    require(actor, Permission.REFUND)
    with unit_of_work("payments.approve_refund"):
        order, locked = _lock(refund)
        require_not_own(actor, order.customer)
        if locked.status != RefundStatus.AWAITING_APPROVAL:
            raise IllegalMove(_("Somebody has decided already."))
        if not is_second_person(actor, first=locked.requested_by):
            raise NeedsSecondPerson
        # Once more: since it was asked for, a gateway may have taken the money back.
        _check_amount(order, locked.amount)
        # The database refuses the name of who asked, should the check above ever fail.
        Refund.objects.filter(pk=locked.pk).update(approved_by=actor.name)
        locked.approved_by = actor.name
        refund_booking.execute(locked, order, actor=actor.name, now=now)
        _note(locked, "refund.approved", actor=actor, now=now)
    return locked


def reject_refund(
    *, actor: Actor, refund: Refund, reason: str, now: datetime
) -> Refund:
    """A second person disagrees: nothing is given back."""
    require(actor, Permission.REFUND)
    with unit_of_work("payments.reject_refund"):
        order, locked = _lock(refund)
        require_not_own(actor, order.customer)
        transitions.move_refund(
            locked,
            RefundStatus.REJECTED,
            actor=actor.name,
            now=now,
            note=reason.strip()[:200],
        )
        _note(locked, "refund.rejected", actor=actor, now=now, reason=reason)
    return locked


def note_paid_out(*, actor: Actor, refund: Refund, note: str, now: datetime) -> Refund:
    """The seller sent the money back to its source and says how."""
    require(actor, Permission.REFUND)
    if not note.strip():
        raise InvalidInput(_("Say how and to whom you paid it back."), field="note")
    with unit_of_work("payments.note_paid_out"):
        order, locked = _lock_payout(refund)
        require_not_own(actor, order.customer)
        transitions.finish_refund(
            locked, order, note=note.strip()[:200], actor=actor.name, now=now
        )
        parts = _source_parts(locked)
        ledger.book(
            subject=order,
            kind=EntryKind.PAID_OUT,
            source=locked.public_id,
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
        _note(locked, "refund.paid_out", actor=actor, now=now, reason=note)
    return locked


def turn_to_balance(*, actor: Actor, refund: Refund, now: datetime) -> Refund:
    """The money cannot go back to its source: it goes to the buyer's balance."""
    require(actor, Permission.REFUND)
    with unit_of_work("payments.turn_to_balance"):
        order, locked = _lock_payout(refund)
        require_not_own(actor, order.customer)
        transitions.finish_refund(locked, order, note="", actor=actor.name, now=now)
        amount = sum(part.amount for part in _source_parts(locked))
        ledger.book(
            subject=order,
            kind=EntryKind.PAID_OUT,
            source=locked.public_id,
            postings=[
                Posting(AccountKind.PAYABLE, amount),
                Posting(AccountKind.WALLET, -amount, customer_id=order.customer_id),
            ],
            now=now,
        )
        _note(locked, "refund.to_balance", actor=actor, now=now)
    return locked


def refund_overdue(*, order_id: int, before: datetime, now: datetime) -> bool:
    """Refund an order to the balance that was paid `before` and never delivered.

    Where a part of it was bought, the rest is given up: its delivery then ends with
    what there is. False while that is not due, or a supplier may still have bought it.
    """
    try:
        with unit_of_work("payments.refund_overdue"):
            order = locks.lock_order(order_id)
            # Looked at under the lock: it may have been delivered since the sweep.
            if order.status not in UNDELIVERED or (order.paid_at or now) > before:
                return False
            if refund_booking.has_bought(order):
                refund_booking.stop_purchases(order, actor=SYSTEM, now=now)
            else:
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
    _undo_loss(order, most=order.total, now=now)
    if order.refunded == order.total:
        refund_booking.end_undelivered(
            order, actor=actor, reason="payment taken back", now=now
        )
        transitions.move_order(order, OrderStatus.REFUNDED, actor=actor, now=now)
        return
    _give_back(order, order.total - order.refunded, actor=actor, now=now)


def refund_share(order: Order, share: int, *, actor: str, now: datetime) -> None:
    """Give back what of a locked order's price fell on what was not delivered.

    To the balance; what was given back before counts towards it. The order goes on with
    the rest, of which a rupiah always stays. Part of the caller's transaction.
    """
    require_transaction()
    due = min(share, order.total - 1) - order.refunded
    if due > 0:
        due -= _undo_loss(order, most=due, now=now)
    if due > 0:
        _give_back(order, due, actor=actor, now=now)


def _give_back(order: Order, amount: int, *, actor: str, now: datetime) -> None:
    draft = RefundDraft(
        amount=amount,
        to=RefundTo.BALANCE,
        reason="could not be delivered",
        # Unique: by itself an order is refunded once, however often the job runs.
        request_key=f"undeliverable:{order.public_id}",
        seen_refunded=order.refunded,
    )
    refund = refund_booking.write(
        order, draft, requested_by=actor, now=now, is_free=True
    )
    refund_booking.execute(refund, order, actor=actor, now=now)


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


def _undo_loss(order: Order, *, most: int, now: datetime) -> int:
    """What a gateway took back of goods that nobody gets was not lost after all.

    How much that is (rupiah), at `most` this.
    """
    lost = order.total - order.refunded - refund_split.amount_left(order)
    lost = min(lost, most)
    if lost:
        Order.objects.filter(pk=order.pk).update(refunded=F("refunded") + lost)
        order.refunded += lost
        ledger.book(
            subject=order,
            kind=EntryKind.RECOVERED,
            source=order.public_id,
            postings=[
                Posting(AccountKind.HELD, lost),
                Posting(AccountKind.LOSSES, -lost),
            ],
            now=now,
        )
    return lost


def _source_parts(refund: Refund) -> list[RefundPart]:
    parts = RefundPart.objects.filter(refund=refund, destination=RefundTo.SOURCE)
    return list(parts.select_related("payment"))


def _lock(refund: Refund) -> tuple[Order, Refund]:
    order = locks.lock_order(refund.order_id)
    return order, locks.lock_refund(refund.pk)


def _lock_payout(refund: Refund) -> tuple[Order, Refund]:
    order, locked = _lock(refund)
    if locked.status != RefundStatus.PAYING_OUT:
        raise IllegalMove(_("This refund is not waiting to be paid out."))
    return order, locked


def _note(
    refund: Refund, action: str, *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    audit.record(
        actor=actor.name,
        action=action,
        object=f"refund:{refund.public_id}",
        now=now,
        data={"amount": refund.amount, "order": refund.order_id},
        reason=reason.strip()[:200],
    )
