"""Statuses of orders and money, and which may follow each other."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderStatus(TextChoices):
    """Where an order stands."""

    UNDER_REVIEW = "under_review", _("Under review")
    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    PAID = "paid", _("Paid")
    DELIVERING = "delivering", _("Delivering")
    DELIVERED = "delivered", _("Delivered")
    COMPLETED = "completed", _("Completed")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")
    REFUNDING = "refunding", _("Refunding")
    REFUNDED = "refunded", _("Refunded")


ORDER_MOVES: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.UNDER_REVIEW: frozenset(
        {OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED, OrderStatus.EXPIRED}
    ),
    OrderStatus.AWAITING_PAYMENT: frozenset(
        {OrderStatus.PAID, OrderStatus.EXPIRED, OrderStatus.CANCELLED}
    ),
    # Money that comes in late still pays the order while stock is left.
    OrderStatus.EXPIRED: frozenset({OrderStatus.PAID}),
    OrderStatus.CANCELLED: frozenset({OrderStatus.PAID}),
    OrderStatus.PAID: frozenset({OrderStatus.DELIVERING, OrderStatus.REFUNDING}),
    OrderStatus.DELIVERING: frozenset({OrderStatus.DELIVERED, OrderStatus.REFUNDING}),
    OrderStatus.DELIVERED: frozenset({OrderStatus.COMPLETED}),
    OrderStatus.COMPLETED: frozenset(),
    OrderStatus.REFUNDING: frozenset({OrderStatus.REFUNDED}),
    OrderStatus.REFUNDED: frozenset(),
}


class PaymentStatus(TextChoices):
    """Where one attempt to pay stands."""

    CREATED = "created", _("Being prepared")
    PENDING = "pending", _("Waiting for the money")
    SETTLED = "settled", _("Received")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Failed")
    REVERSED = "reversed", _("Taken back")


PAYMENT_MOVES: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.CREATED: frozenset(
        {
            PaymentStatus.PENDING,
            PaymentStatus.SETTLED,
            PaymentStatus.EXPIRED,
            PaymentStatus.FAILED,
        }
    ),
    PaymentStatus.PENDING: frozenset(
        {PaymentStatus.SETTLED, PaymentStatus.EXPIRED, PaymentStatus.FAILED}
    ),
    # A gateway may report money after it reported the end of the waiting.
    PaymentStatus.EXPIRED: frozenset({PaymentStatus.SETTLED}),
    PaymentStatus.FAILED: frozenset({PaymentStatus.SETTLED}),
    PaymentStatus.SETTLED: frozenset({PaymentStatus.REVERSED}),
    PaymentStatus.REVERSED: frozenset(),
}

OPEN_PAYMENTS = (PaymentStatus.CREATED, PaymentStatus.PENDING)


class UnmatchedStatus(TextChoices):
    """What became of money that fits no order."""

    OPEN = "open", _("To be settled")
    APPLIED = "applied", _("Used for the order")
    RETURNED = "returned", _("Paid back")


UNMATCHED_MOVES: dict[UnmatchedStatus, frozenset[UnmatchedStatus]] = {
    UnmatchedStatus.OPEN: frozenset(
        {UnmatchedStatus.APPLIED, UnmatchedStatus.RETURNED}
    ),
    UnmatchedStatus.APPLIED: frozenset(),
    UnmatchedStatus.RETURNED: frozenset(),
}


class UnmatchedReason(TextChoices):
    """Why money fits no order."""

    OUT_OF_STOCK = "out_of_stock", _("Came late, stock was gone")
    WRONG_AMOUNT = "wrong_amount", _("Not the amount that was asked for")
    ALREADY_PAID = "already_paid", _("The order was already paid")


class MethodKind(TextChoices):
    """What a buyer pays with."""

    QRIS = "qris", "QRIS"
    BANK = "bank", _("Bank transfer")
    EWALLET = "ewallet", _("E-wallet")


class AccountKind(TextChoices):
    """The ledger accounts of a store; amounts are rupiah, debits positive."""

    CLEARING = "clearing", _("Received by payment methods")
    HELD = "held", _("Held for open orders")
    SALES = "sales", _("Sales")
    WALLET = "wallet", _("Customer balance")
    UNMATCHED = "unmatched", _("Unmatched money")
