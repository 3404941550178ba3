"""Money that a gateway took back after it had reported it.

All of it comes back, or the part that is told: first what waits, then what this payment
put on the buyer's balance, then what its order holds. What was delivered or spent
already is the store's loss, and it is told.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, Sum

from payments import locks
from payments.events import PaymentTakenBack
from payments.gateways.base import PaymentFact
from payments.models import (
    Deposit,
    Discrepancy,
    LedgerPosting,
    Order,
    Payment,
    RefundPart,
    Reversal,
    UnmatchedMoney,
)
from payments.services import ledger, transitions
from payments.services.incoming import (
    discrepancies,
    receipts,
    sent_back,
    unapplied_booking,
)
from payments.services.ledger import Posting, shares
from payments.states import (
    OPEN_PAYMENTS,
    AccountKind,
    DepositStatus,
    DiscrepancyKind,
    EntryKind,
    OrderStatus,
    PaymentStatus,
    RefundStatus,
    RefundTo,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit.db import require_transaction
from ppob.kit.events import announce

# What moved a payment's odd money to a balance or away from there.
KINDS_OF_KEPT_MONEY = (
    EntryKind.CREDITED,
    EntryKind.RECREDITED,
    EntryKind.ASKED_BACK,
    EntryKind.APPLIED,
)


@dataclass
class Taking:
    """Rupiah of one payment that are being taken back, and where they come from.

    `rest` is what no place was found for yet, `withdrawn` was booked already. `price`
    is what of the order's `held` money is taken; the rest of that is `given_back`.
    """

    payment: Payment
    rest: int
    actor: str
    now: datetime
    withdrawn: int = 0
    payable: int = 0
    wallet: int = 0
    price: int = 0
    held: int = 0
    given_back: int = 0

    def take(self, amount: int) -> int:
        """As much of `amount` as is still looked for; that is done with then."""
        taken = min(self.rest, max(0, amount))
        self.rest -= taken
        return taken


def reverse(payment: Payment, fact: PaymentFact, *, actor: str, now: datetime) -> None:
    """Undo a locked payment, or a part of it; its subject is locked.

    The same news again changes nothing. News about a refund that staff has noted
    confirms it. News of another sum than that, or of more than is left, is kept for a
    person.
    """
    require_transaction()
    if _is_known(payment, fact.event_key[:100]):
        return
    if not receipts.count_of(payment):
        _forestall(payment, actor=actor, now=now)
        return
    # Confirmed refunds are in no receipt's `taken_back`, so they come off here.
    confirmed = sent_back.confirmed_of(payment)
    left = receipts.left_of(payment) - confirmed
    of_transaction = receipts.left_of_transaction(payment, fact.gateway_reference)
    if of_transaction is not None:  # a payment may have been paid by two of them
        left = min(left, of_transaction)
    # Kept with nothing booked: `receipts.went_first` finds it when that money is told.
    elif receipts.came_otherwise(payment, fact.gateway_reference):
        record(
            payment,
            fact.event_key,
            transaction=fact.gateway_reference,
            amount=fact.amount,
            actor=actor,
            now=now,
        )
        return
    # Gateways that know no parts tell what was asked for, whatever came.
    told = left if fact.amount >= payment.amount else fact.amount
    noted = sent_back.noted_of(payment)
    waiting = sent_back.waiting_parts(payment)
    to_send = sum(part.amount for part in waiting)
    if noted and told == noted:
        record(
            payment, fact.event_key, amount=told, confirmed=told, actor=actor, now=now
        )
    elif noted or 0 < told < to_send or sent_back.has_others(waiting):
        # Booked now, the same money could go back twice: a person looks first.
        _report(payment, fact, DiscrepancyKind.REFUND_DIFFERS, noted or to_send, now)
    elif not 0 < told <= left:
        _report(payment, fact, DiscrepancyKind.TOO_MUCH_BACK, left, now)
    else:
        take_back(
            payment,
            told,
            key=fact.event_key,
            transaction=fact.gateway_reference,
            actor=actor,
            now=now,
        )


def take_back(
    payment: Payment,
    amount: int,
    *,
    key: str,
    transaction: str = "",
    actor: str,
    now: datetime,
) -> None:
    """Book that `amount` rupiah of a locked payment went back; at most what is left."""
    require_transaction()
    taking = Taking(payment, amount, actor, now)
    _take_payouts(taking)
    _take_waiting(taking)
    _take_from_wallet(taking)
    share = shares.share_left(payment)
    _take_from_order(taking, share)
    receipts.take_back(payment, amount, transaction=transaction)
    loss = taking.rest
    reversal = record(
        payment,
        key,
        transaction=transaction,
        amount=amount,
        booked=amount,
        # A loss counts as well: delivered goods whose money is gone are not refunded.
        of_price=min(share, taking.price + loss),
        loss=loss,
        actor=actor,
        now=now,
    )
    _book(taking, loss)
    if not receipts.left_of(payment) - sent_back.confirmed_of(payment):
        _end(payment, actor=actor, now=now)
    announce(PaymentTakenBack(payment.tenant_id, payment, reversal))


def _is_known(payment: Payment, key: str) -> bool:
    """Whether this news was followed, or is left to a person."""
    return any(
        model.objects.filter(payment=payment, key=key).exists()
        for model in (Reversal, Discrepancy)
    )


def _forestall(payment: Payment, *, actor: str, now: datetime) -> None:
    """It went before we heard that it came: that news must not count any more."""
    if payment.status in OPEN_PAYMENTS:  # its buyer hears that it failed
        transitions.move_payment(payment, PaymentStatus.FAILED, now=now, actor=actor)
    if payment.status != PaymentStatus.REVERSED:
        transitions.move_payment(payment, PaymentStatus.REVERSED, now=now, actor=actor)


def _end(payment: Payment, *, actor: str, now: datetime) -> None:
    """Nothing is left of what came."""
    _forestall(payment, actor=actor, now=now)
    subject = payment.subject
    if isinstance(subject, Deposit) and subject.status == DepositStatus.CREDITED:
        transitions.move_deposit(subject, DepositStatus.REVERSED, actor=actor, now=now)


def _take_payouts(taking: Taking) -> None:
    """What waits to be sent back was sent by the provider: nobody pays it out again.

    A refund of which only a part was sent goes on waiting, whole.
    """
    order = taking.payment.order
    if order is None:
        return
    for part in sent_back.waiting_parts(taking.payment):
        if part.amount > taking.rest or sent_back.has_others([part]):
            continue
        refund = locks.lock_refund(part.refund_id)
        transitions.finish_refund(
            refund, order, note=sent_back.NOTE, actor=taking.actor, now=taking.now
        )
        taking.payable += taking.take(part.amount)


def _take_waiting(taking: Taking) -> None:
    """Money of this payment that waits for a decision is gone before one is made."""
    waiting = UnmatchedMoney.objects.filter(
        payment=taking.payment, status=UnmatchedStatus.OPEN
    ).exclude(reason=UnmatchedReason.ASKED_BACK)  # a balance, whatever it came from
    for money in waiting.order_by("pk"):
        taken = taking.take(money.amount)
        if taken:
            money.payment = taking.payment
            taking.withdrawn += taken
            unapplied_booking.withdraw(
                money, taken, note=sent_back.NOTE, actor=taking.actor, now=taking.now
            )


def _take_from_wallet(taking: Taking) -> None:
    """As much as this payment put on the balance, and is still there."""
    put_there = _put_on_wallet(taking.payment)
    if taking.rest and put_there > 0:
        customer_id = taking.payment.subject.customer_id
        # A balance that its buyer asked back still lies here: nobody pays it out twice.
        for money in locks.lock_asked_back(customer_id):
            unapplied_booking.credit(money, actor=taking.actor, now=taking.now)
        there = ledger.lock_wallet(customer_id)
        # No more than this payment brought, since the rest is its buyer's, and no more
        # than is there, since no balance goes below zero.
        taking.wallet = taking.take(min(put_there, there))


def _take_from_order(taking: Taking, share: int) -> None:
    """End a paid order that is not delivered; what else paid for it goes back.

    That it is being refunded gives its codes back (`payments.receivers`).
    """
    order = taking.payment.order
    # Not once it is in delivery: a supplier may have bought it. If nothing was, the
    # loss is undone with the refund (`refunds`).
    if order is None or order.status != OrderStatus.PAID or not taking.rest:
        return
    taken = taking.take(share)
    if not taken:
        return
    left = order.total - order.refunded
    Order.objects.filter(pk=order.pk).update(refunded=order.total)
    order.refunded = order.total
    for target in (OrderStatus.REFUNDING, OrderStatus.REFUNDED):
        transitions.move_order(
            order,
            target,
            actor=taking.actor,
            now=taking.now,
            reason="payment taken back",
        )
    taking.price, taking.held = taken, left
    # Parts of this payment may have paid from the balance: they do not go back there.
    by_way_of_balance = taking.take(
        min(left - taken, _put_on_wallet(taking.payment) - taking.wallet)
    )
    taking.given_back = left - taken - by_way_of_balance


def _put_on_wallet(payment: Payment) -> int:
    """What of this payment went to its buyer's balance, less what left it again."""
    kept = UnmatchedMoney.objects.filter(payment=payment).exclude(
        reason=UnmatchedReason.ASKED_BACK
    )
    of_entries = LedgerPosting.objects.filter(account__kind=AccountKind.WALLET)
    booked = of_entries.filter(
        Q(entry__kind=EntryKind.SETTLED, entry__source=payment.reference)
        | Q(
            entry__kind__in=KINDS_OF_KEPT_MONEY,
            entry__source__in=[str(money.public_id) for money in kept],
        )
    )
    reversed_ = of_entries.filter(
        entry__kind=EntryKind.REVERSED, entry__source=payment.reference
    )
    refunded = RefundPart.objects.filter(
        payment=payment, refund__status=RefundStatus.DONE
    )
    to_balance = refunded.filter(destination=RefundTo.BALANCE) | refunded.filter(
        destination=RefundTo.SOURCE, refund__note=""
    )
    return -_sum(booked) - _sum(reversed_.filter(amount__gt=0)) + _sum(to_balance)


def _sum(rows: Any) -> int:
    return rows.aggregate(total=Sum("amount"))["total"] or 0


def _book(taking: Taking, loss: int) -> None:
    payment = taking.payment
    booked = taking.payable + taking.wallet + taking.held - taking.given_back + loss
    # What only waited has left the books already, by `withdraw`.
    if not booked:
        return
    # This one is written already, so no other of the payment has its number.
    number = Reversal.objects.filter(payment=payment, booked__gt=0).count()
    to_wallet = taking.given_back - taking.wallet
    ledger.book(
        subject=payment.subject,
        kind=EntryKind.REVERSED,
        source=payment.reference,
        number=number,
        postings=[
            Posting(AccountKind.PAYABLE, taking.payable),
            Posting(
                AccountKind.WALLET,
                -to_wallet,
                customer_id=payment.subject.customer_id,
                # Nobody loses what else paid for the order to a limit.
                unlimited=max(0, to_wallet),
            ),
            Posting(AccountKind.HELD, taking.held),
            Posting(AccountKind.LOSSES, loss),
            Posting(AccountKind.CLEARING, -booked, method_id=payment.method_id),
        ],
        now=taking.now,
    )


def record(
    payment: Payment,
    key: str,
    *,
    transaction: str = "",
    actor: str,
    now: datetime,
    **amounts: int,
) -> Reversal:
    """Write down news of a locked payment, with what came of it (rupiah)."""
    require_transaction()
    reversal: Reversal = Reversal.objects.create(
        payment=payment,
        key=key[:100],
        transaction=transaction[:80],
        actor=actor[:80],
        at=now,
        **amounts,
    )
    return reversal


def _report(
    payment: Payment,
    fact: PaymentFact,
    kind: DiscrepancyKind,
    expected: int,
    now: datetime,
) -> None:
    discrepancies.report(
        payment,
        kind,
        key=fact.event_key,
        amount=fact.amount,
        expected=expected,
        now=now,
    )
