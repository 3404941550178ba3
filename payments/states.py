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


ORDER_TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
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


class AdjustmentKind(TextChoices):
    """Why an order costs another sum than its lines."""

    TIER = "tier", _("The buyer's tier")
    VOUCHER = "voucher", _("Voucher")
    BULK = "bulk", _("Quantity discount")
    VOLUME = "volume", _("Discount for regular buyers")
    EVENT = "event", _("Promotion")


# What price rules give: it belongs to certain lines, whose `reduction` says how much.
BY_RULES = (AdjustmentKind.TIER, AdjustmentKind.BULK, AdjustmentKind.VOLUME)


class PaymentStatus(TextChoices):
    """Where one attempt to pay stands."""

    CREATED = "created", _("Being prepared")
    PENDING = "pending", _("Waiting for the money")
    SET_ASIDE = "set_aside", _("Set aside for another way")
    SETTLED = "settled", _("Received")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Failed")
    REVERSED = "reversed", _("Taken back")


PAYMENT_TRANSITIONS: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.CREATED: frozenset(
        {
            PaymentStatus.PENDING,
            PaymentStatus.SET_ASIDE,
            PaymentStatus.SETTLED,
            PaymentStatus.EXPIRED,
            PaymentStatus.FAILED,
        }
    ),
    PaymentStatus.PENDING: frozenset(
        {
            PaymentStatus.SET_ASIDE,
            PaymentStatus.SETTLED,
            PaymentStatus.EXPIRED,
            PaymentStatus.FAILED,
        }
    ),
    # The buyer pays another way now and may come back to this one: the same amount, the
    # same charge. Money that comes meanwhile is as good as any.
    PaymentStatus.SET_ASIDE: frozenset(
        {
            PaymentStatus.CREATED,
            PaymentStatus.PENDING,
            PaymentStatus.SETTLED,
            PaymentStatus.EXPIRED,
            PaymentStatus.FAILED,
            PaymentStatus.REVERSED,
        }
    ),
    # A gateway may report money after it reported the end of the waiting, and that it
    # was taken back before that it came.
    PaymentStatus.EXPIRED: frozenset({PaymentStatus.SETTLED, PaymentStatus.REVERSED}),
    PaymentStatus.FAILED: frozenset({PaymentStatus.SETTLED, PaymentStatus.REVERSED}),
    PaymentStatus.SETTLED: frozenset({PaymentStatus.REVERSED}),
    PaymentStatus.REVERSED: frozenset(),
}

OPEN_PAYMENTS = (PaymentStatus.CREATED, PaymentStatus.PENDING)
# What may still be paid, shown or not, until its order or its time ends.
UNENDED_PAYMENTS = (*OPEN_PAYMENTS, PaymentStatus.SET_ASIDE)
# What money may still arrive on though nobody waits for it.
ENDED_UNPAID = (PaymentStatus.EXPIRED, PaymentStatus.FAILED, PaymentStatus.SET_ASIDE)


class UnmatchedStatus(TextChoices):
    """What became of money that fits no order."""

    OPEN = "open", _("To be settled")
    APPLIED = "applied", _("Used for the order")
    CREDITED = "credited", _("Added to the buyer's balance")
    RETURNED = "returned", _("Paid back")


UNAPPLIED_TRANSITIONS: dict[UnmatchedStatus, frozenset[UnmatchedStatus]] = {
    UnmatchedStatus.OPEN: frozenset(
        {UnmatchedStatus.APPLIED, UnmatchedStatus.CREDITED, UnmatchedStatus.RETURNED}
    ),
    # The buyer would rather have it back than spend it here.
    UnmatchedStatus.CREDITED: frozenset({UnmatchedStatus.OPEN}),
    UnmatchedStatus.APPLIED: frozenset(),
    UnmatchedStatus.RETURNED: frozenset(),
}


class UnmatchedReason(TextChoices):
    """Why money fits no order."""

    OUT_OF_STOCK = "out_of_stock", _("Came late, stock was gone")
    WRONG_AMOUNT = "wrong_amount", _("Not the amount that was asked for")
    ALREADY_PAID = "already_paid", _("The order was already paid")
    UNDERPAID = "underpaid", _("Less than was asked for")
    OVERPAID = "overpaid", _("More than was asked for")
    WALLET_FULL = "wallet_full", _("The buyer's balance is full")
    # Not a receipt: what lay on a balance when its buyer asked for it.
    ASKED_BACK = "asked_back", _("Balance that its buyer wants back")


class DiscrepancyKind(TextChoices):
    """How a gateway's news contradicts what is known about its payment."""

    SECOND_TOTAL = "second_total", _("The same transaction, told with another total")
    REFUND_DIFFERS = "refund_differs", _("Sent back another sum than was written down")
    TOO_MUCH_BACK = "too_much_back", _("Took back more than is left of it")


class DiscrepancyStatus(TextChoices):
    """What a person made of contradicting news."""

    OPEN = "open", _("To be decided")
    BOOKED = "booked", _("Booked as told")
    DISMISSED = "dismissed", _("Put aside")


DISCREPANCY_TRANSITIONS: dict[DiscrepancyStatus, frozenset[DiscrepancyStatus]] = {
    DiscrepancyStatus.OPEN: frozenset(
        {DiscrepancyStatus.BOOKED, DiscrepancyStatus.DISMISSED}
    ),
    DiscrepancyStatus.BOOKED: frozenset(),
    DiscrepancyStatus.DISMISSED: frozenset(),
}


class DepositStatus(TextChoices):
    """Where a top-up of a buyer's balance stands."""

    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    CREDITED = "credited", _("Credited")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")
    REVERSED = "reversed", _("Taken back")


DEPOSIT_TRANSITIONS: dict[DepositStatus, frozenset[DepositStatus]] = {
    DepositStatus.AWAITING_PAYMENT: frozenset(
        {DepositStatus.CREDITED, DepositStatus.EXPIRED, DepositStatus.CANCELLED}
    ),
    # Money that comes in late is credited all the same.
    DepositStatus.EXPIRED: frozenset({DepositStatus.CREDITED}),
    DepositStatus.CANCELLED: frozenset({DepositStatus.CREDITED}),
    DepositStatus.CREDITED: frozenset({DepositStatus.REVERSED}),
    DepositStatus.REVERSED: frozenset(),
}


class RefundStatus(TextChoices):
    """Where a refund stands."""

    AWAITING_APPROVAL = "awaiting_approval", _("Waits for a second person")
    PAYING_OUT = "paying_out", _("To be paid out")
    DONE = "done", _("Refunded")
    REJECTED = "rejected", _("Rejected")


REFUND_TRANSITIONS: dict[RefundStatus, frozenset[RefundStatus]] = {
    RefundStatus.AWAITING_APPROVAL: frozenset(
        {RefundStatus.PAYING_OUT, RefundStatus.DONE, RefundStatus.REJECTED}
    ),
    RefundStatus.PAYING_OUT: frozenset({RefundStatus.DONE}),
    RefundStatus.DONE: frozenset(),
    RefundStatus.REJECTED: frozenset(),
}


class RefundTo(TextChoices):
    """Where refunded money goes."""

    BALANCE = "balance", _("To the buyer's balance")
    SOURCE = "source", _("To where it came from")


class MethodKind(TextChoices):
    """What a buyer pays with."""

    QRIS = "qris", "QRIS"
    BANK = "bank", _("Bank transfer")
    EWALLET = "ewallet", _("E-wallet")
    BALANCE = "balance", _("Store balance")


class AccountKind(TextChoices):
    """The ledger accounts of a store; amounts are rupiah, debits positive."""

    CLEARING = "clearing", _("Received by payment methods")
    HELD = "held", _("Held for open orders")
    SALES = "sales", _("Sales")
    WALLET = "wallet", _("Customer balance")
    RESERVED = "reserved", _("Set aside from a balance")
    UNMATCHED = "unmatched", _("Unmatched money")
    REFUNDS = "refunds", _("Refunded after delivery")
    PAYABLE = "payable", _("Refunds to be paid out")
    LOSSES = "losses", _("Taken back after delivery")
    FEES = "fees", _("Fees of payment gateways")
    PROMO = "promo", _("Given as discounts")
    COST = "cost", _("Paid to suppliers for what was sold")
    DEPOSIT = "deposit", _("Deposits at suppliers")


class EntryKind(TextChoices):
    """What an entry of the books is about, once for each `source`.

    The source is the reference of a payment, or the public id of the money that fits
    nothing (unmatched, applied, credited, recredited, asked back, returned, withdrawn),
    of the refund (refund, paid out), of the order (sale, recovered) or of the purchase
    at a supplier (bought), or the number of the receipt's row (fee).
    """

    SETTLED = "settled", _("Payment received")
    FEE = "fee", _("Fee of the payment gateway")
    RESERVED = "reserved", _("Set aside from a balance")
    RELEASED = "released", _("No longer set aside")
    UNMATCHED = "unmatched", _("Money came that fits nothing")
    APPLIED = "applied", _("Used for its order after all")
    CREDITED = "credited", _("Added to a balance")
    RECREDITED = "recredited", _("Given back to a balance")
    ASKED_BACK = "asked_back", _("Taken from a balance to be paid out")
    RETURNED = "returned", _("Paid back to its sender")
    WITHDRAWN = "withdrawn", _("Taken back before it was used")
    REVERSED = "reversed", _("Taken back by the provider")
    SALE = "sale", _("Sale")
    BOUGHT = "bought", _("Bought at a supplier")
    REFUND = "refund", _("Refund")
    PAID_OUT = "paid_out", _("Refund paid out")
    RECOVERED = "recovered", _("No loss after all")


class BuyerNews(TextChoices):
    """What a buyer must learn about their money and goods, whatever it takes.

    Where a ticket cannot carry it, it goes to them directly; where nothing can, the
    store's staff are asked to tell them.
    """

    PAYMENT_RECEIVED = "payment_received", _("Payment received")
    ORDER_READY = "order_ready", _("The goods are ready")
    ORDER_EXPIRED = "order_expired", _("The order expired")
    PAYMENT_FAILED = "payment_failed", _("A payment did not work out")
    MONEY_UNMATCHED = "money_unmatched", _("Money came that fits nothing")
    MONEY_ASKED_BACK = "money_asked_back", _("Money is to go back")
    MONEY_CREDITED = "money_credited", _("Money went to the balance")
    REFUND_PAYING_OUT = "refund_paying_out", _("A refund is on its way")
    REFUND_DONE = "refund_done", _("A refund was paid")
    PAYMENT_REVERSED = "payment_reversed", _("A payment was taken back")
    CODES_DISCLOSED = "codes_disclosed", _("Staff opened the codes")
    MONEY_RETURNED = "money_returned", _("Money was sent back")


class UnreachedStatus(TextChoices):
    """Whether a buyer whom no message reached knows by now."""

    OPEN = "open", _("To be told")
    TOLD = "told", _("Told by staff")
    READ = "read", _("Read on the web")


UNREACHED_TRANSITIONS: dict[UnreachedStatus, frozenset[UnreachedStatus]] = {
    UnreachedStatus.OPEN: frozenset({UnreachedStatus.TOLD, UnreachedStatus.READ}),
    UnreachedStatus.TOLD: frozenset(),
    UnreachedStatus.READ: frozenset(),
}


class PurchaseOutcome(TextChoices):
    """What a person found out about a purchase that did not end by itself."""

    SUCCEEDED = "succeeded", _("It was delivered")
    FAILED = "failed", _("It was not delivered")
