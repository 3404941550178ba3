"""A share of an order's price that is set aside from the buyer's balance.

It is held while the order waits for the rest of its money, captured when the order is
paid, and goes back when the order ends unpaid.
"""

from datetime import datetime

from payments.models import Order, Payment
from payments.services import ledger, transitions
from payments.services.ledger import Posting, wallets
from payments.states import AccountKind, EntryKind, PaymentStatus
from ppob.kit import ids
from ppob.kit.db import require_transaction


def reserve(order: Order, amount: int, *, now: datetime) -> Payment:
    """Set `amount` rupiah aside for a locked order that waits for its money.

    Raises BalanceTooLow; the caller's transaction must then roll back.
    """
    require_transaction()
    payment = new_payment(order, amount, now=now)
    # Repeated on the order, where a check constraint ties it to waiting for payment.
    Order.objects.filter(pk=order.pk).update(reserved=amount)
    order.reserved = amount
    ledger.book(
        subject=order,
        kind=EntryKind.RESERVED,
        source=payment.reference,
        postings=[
            Posting(AccountKind.WALLET, amount, customer_id=order.customer_id),
            Posting(AccountKind.RESERVED, -amount, customer_id=order.customer_id),
        ],
        now=now,
    )
    return payment


def release(order: Order, *, now: datetime) -> None:
    """Give what a locked order has set aside back to the balance."""
    require_transaction()
    payment = _reserved_payment(order)
    transitions.move_payment(payment, PaymentStatus.EXPIRED, now=now, expires_at=now)
    _forget(order)
    ledger.book(
        subject=order,
        kind=EntryKind.RELEASED,
        source=payment.reference,
        postings=[
            Posting(
                AccountKind.RESERVED, payment.amount, customer_id=order.customer_id
            ),
            Posting(
                AccountKind.WALLET,
                -payment.amount,
                customer_id=order.customer_id,
                # It was on the balance before: no limit stops its return.
                unlimited=payment.amount,
            ),
        ],
        now=now,
    )


def add_share(order: Order, share: int, *, now: datetime) -> None:
    """Pay `share` rupiah of a locked order from what is set aside, or the balance.

    What is set aside and not needed goes back. Raises BalanceTooLow.
    """
    require_transaction()
    if order.reserved and order.reserved == share:
        payment = _reserved_payment(order)
        transitions.move_payment(payment, PaymentStatus.SETTLED, now=now)
        _forget(order)
        _book_share(order, payment, AccountKind.RESERVED, now=now)
        return
    # Back and taken anew: a payment's amount never changes.
    if order.reserved:
        release(order, now=now)
    if share:
        payment = new_payment(order, share, now=now)
        transitions.move_payment(payment, PaymentStatus.SETTLED, now=now)
        _book_share(order, payment, AccountKind.WALLET, now=now)


def can_add_share(order: Order, share: int) -> bool:
    """Whether the balance covers this share of a locked order right now."""
    if share <= 0 or order.reserved == share:
        return share >= 0
    # Locked: nobody spends it between this answer and the booking.
    return ledger.lock_wallet(order.customer_id) + order.reserved >= share


def new_payment(order: Order, amount: int, *, now: datetime) -> Payment:
    """A pending payment from the balance; nothing is booked yet."""
    require_transaction()
    public_id = ids.new_id()
    payment: Payment = Payment.objects.create(
        tenant_id=order.tenant_id,
        public_id=public_id,
        order=order,
        method=wallets.balance_method(now=now),
        reference=f"T{order.tenant_id}-{order.code}-{public_id.hex[-8:]}",
        amount=amount,
        from_balance=True,
        status=PaymentStatus.PENDING,
        created_at=now,
        expires_at=order.expires_at,
    )
    return payment


def _book_share(
    order: Order, payment: Payment, source: AccountKind, *, now: datetime
) -> None:
    ledger.book(
        subject=order,
        kind=EntryKind.SETTLED,
        source=payment.reference,
        postings=[
            Posting(source, payment.amount, customer_id=order.customer_id),
            Posting(AccountKind.HELD, -payment.amount),
        ],
        now=now,
    )


def _reserved_payment(order: Order) -> Payment:
    payment: Payment = Payment.objects.get(
        order=order, from_balance=True, status=PaymentStatus.PENDING
    )
    return payment


def _forget(order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(reserved=0)
    order.reserved = 0
