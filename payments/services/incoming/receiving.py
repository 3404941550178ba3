"""What a new receipt does: pay its order, fill its deposit, or wait for somebody."""

from dataclasses import dataclass
from datetime import datetime

from payments.models import Deposit, Order, Payment, Receipt
from payments.services import ledger, transitions
from payments.services.incoming import (
    charges,
    instalments,
    paying,
    receipts,
    test_money,
    unapplied_booking,
)
from payments.services.incoming.instalments import Cover
from payments.services.ledger import Posting, wallet_limits
from payments.states import (
    DEPOSIT_TRANSITIONS,
    OPEN_PAYMENTS,
    PAYMENT_TRANSITIONS,
    AccountKind,
    DepositStatus,
    EntryKind,
    PaymentStatus,
    UnmatchedReason,
)
from ppob.kit.db import require_transaction


@dataclass(frozen=True)
class Arrival:
    """A new receipt of a locked payment, and who brings the news of it.

    `gateway_reference` is kept with the payment if it had none.
    """

    payment: Payment
    receipt: Receipt
    actor: str
    now: datetime
    gateway_reference: str = ""


def use(arrival: Arrival) -> None:
    """Find a use for money whose order or deposit is locked.

    Whatever it turns out to be, its whole amount is booked here, once, and so is what
    its gateway keeps of it.
    """
    require_transaction()
    payment, amount = arrival.payment, arrival.receipt.amount
    if arrival.receipt.fee:
        _book_fee(arrival, arrival.receipt.fee)
    # A payment settles once: what comes after that, or after a reversal, is other
    # money.
    if PaymentStatus.SETTLED not in PAYMENT_TRANSITIONS[PaymentStatus(payment.status)]:
        is_again = amount == payment.amount
        _keep(
            arrival,
            UnmatchedReason.ALREADY_PAID if is_again else UnmatchedReason.WRONG_AMOUNT,
        )
    elif isinstance(payment.subject, Deposit):
        _use_for_deposit(arrival, payment.subject)
    else:
        _use_for_order(arrival, payment.subject)


def _book_fee(arrival: Arrival, fee: int) -> None:
    """What the gateway still owes the store is less by this much.

    It stays booked when the money goes back: gateways keep the fee of that, too.
    """
    ledger.book(
        subject=arrival.payment.subject,
        kind=EntryKind.FEE,
        source=str(arrival.receipt.pk),
        postings=[
            Posting(AccountKind.FEES, fee),
            Posting(AccountKind.CLEARING, -fee, method_id=arrival.payment.method_id),
        ],
        now=arrival.now,
    )


def _use_for_order(arrival: Arrival, order: Order) -> None:
    """Pay the order if the money, with what came before, covers its price."""
    if order.status not in paying.PAYABLE:
        _keep_for_ended(arrival)
        return
    payment, now = arrival.payment, arrival.now
    cover = instalments.find_cover(order, payment, arrival.receipt.amount)
    if cover is None:
        _keep(arrival, UnmatchedReason.UNDERPAID)
        return
    was_open = payment.status in OPEN_PAYMENTS
    # Settled even where the codes are gone: the money is there and gets its place
    # below.
    _settle(arrival)
    if not paying.pay_order(
        order,
        share=cover.share,
        is_test=_pays_with_test_money(payment, order, cover),
        actor=arrival.actor,
        now=now,
    ):
        _keep(arrival, UnmatchedReason.OUT_OF_STOCK)
        return
    _book_price(arrival, order, cover)
    if not was_open:  # an order has one open payment, and this was not it
        charges.close_open_payments(order, now=now)


def _pays_with_test_money(payment: Payment, order: Order, cover: Cover) -> bool:
    """Test money in any part of the price makes the whole order one of tests."""
    if test_money.is_test(payment):
        return True
    has_other_parts = bool(cover.share or cover.parts)
    return has_other_parts and test_money.has_touched(order.customer_id)


def _book_price(arrival: Arrival, order: Order, cover: Cover) -> None:
    """The price, the parts that came before it, and what is over."""
    payment, now = arrival.payment, arrival.now
    surplus = arrival.receipt.amount - cover.counted
    # The unique code belongs to the buyer.
    code = min(surplus, payment.unique_code)
    ledger.book(
        subject=order,
        kind=EntryKind.SETTLED,
        source=payment.reference,
        # What is over price and code has an entry of its own: no rupiah is in both.
        postings=[
            Posting(
                AccountKind.CLEARING, cover.counted + code, method_id=payment.method_id
            ),
            Posting(AccountKind.HELD, -cover.counted),
            Posting(
                AccountKind.WALLET,
                -code,
                customer_id=order.customer_id,
                # Nobody loses the few rupiah of a code to a limit.
                unlimited=code,
            ),
        ],
        now=now,
    )
    instalments.apply_parts(order, cover.parts, actor=arrival.actor, now=now)
    if surplus > code:
        _keep(arrival, UnmatchedReason.OVERPAID, amount=surplus - code)


def _use_for_deposit(arrival: Arrival, deposit: Deposit) -> None:
    """Add the money to the buyer's balance, its unique code included.

    Parts are credited as they come; with the last of them the deposit is done.
    """
    if DepositStatus.CREDITED not in DEPOSIT_TRANSITIONS[DepositStatus(deposit.status)]:
        _keep_for_ended(arrival)
        return
    payment, amount = arrival.payment, arrival.receipt.amount
    earlier = receipts.total_of(deposit) - amount
    # Without its code it is enough: a code only says whose money it is.
    if earlier + amount < payment.net:
        _keep(arrival, UnmatchedReason.UNDERPAID)
        return
    was_open = payment.status in OPEN_PAYMENTS
    _settle(arrival)
    asked = min(amount, payment.amount - earlier)
    code = min(asked, payment.unique_code)
    # Locked before the room is read: another credit could use the same room.
    ledger.lock_wallet(deposit.customer_id)
    if asked - code > wallet_limits.room_for(deposit.customer_id):
        _keep(arrival, UnmatchedReason.WALLET_FULL)
        return
    _credit(arrival, deposit, asked, code=code)
    if not was_open:
        charges.close_open_payments(deposit, now=arrival.now)


def _credit(arrival: Arrival, deposit: Deposit, asked: int, *, code: int) -> None:
    """What was asked for fills the deposit; what is over is kept."""
    payment, now = arrival.payment, arrival.now
    ledger.book(
        subject=deposit,
        kind=EntryKind.SETTLED,
        source=payment.reference,
        postings=[
            Posting(AccountKind.CLEARING, asked, method_id=payment.method_id),
            Posting(
                AccountKind.WALLET,
                -asked,
                customer_id=deposit.customer_id,
                unlimited=code,
            ),
        ],
        now=now,
    )
    transitions.move_deposit(
        deposit, DepositStatus.CREDITED, actor=arrival.actor, now=now
    )
    surplus = arrival.receipt.amount - asked
    if surplus:
        _keep(arrival, UnmatchedReason.OVERPAID, amount=surplus)


def _keep_for_ended(arrival: Arrival) -> None:
    """Nothing waits for this money any more: all of it is the buyer's."""
    if arrival.receipt.amount < arrival.payment.net:
        _keep(arrival, UnmatchedReason.UNDERPAID)
        return
    _settle(arrival)
    _keep(arrival, UnmatchedReason.ALREADY_PAID)


def _keep(
    arrival: Arrival, reason: UnmatchedReason, *, amount: int | None = None
) -> None:
    unapplied_booking.keep(
        arrival.payment, arrival.receipt, reason, amount=amount, now=arrival.now
    )


def _settle(arrival: Arrival) -> None:
    fields = {}
    # Where the answer to our call was lost, the news is the first to name the charge.
    if arrival.gateway_reference and not arrival.payment.gateway_reference:
        fields["gateway_reference"] = arrival.gateway_reference
    transitions.move_payment(
        arrival.payment,
        PaymentStatus.SETTLED,
        now=arrival.now,
        actor=arrival.actor,
        **fields,
    )
