"""Which payment a refund undoes, and where each share can go."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.models import LedgerPosting, Order, Payment, RefundPart, Reversal
from payments.states import AccountKind, MethodKind, PaymentStatus, RefundTo

QRIS_RETURNS_FOR = timedelta(days=30)  # bank practice: later, no issuer takes it back


@dataclass(frozen=True)
class Part:
    """A share of a refund (rupiah), the payment it undoes, and where it goes."""

    payment: Payment
    amount: int
    to: RefundTo


@dataclass(frozen=True)
class Refundable:
    """What of an order can still be given back, in rupiah.

    `to_source` of it can go where it came from; `why_not_source` says why it is less
    than the whole, in words, or is empty.
    """

    amount: int
    to_source: int
    why_not_source: str | Promise


def refundable(order: Order, *, now: datetime) -> Refundable:
    """What of this order can be given back, and where to."""
    shares = _shares_left(order)
    left = _left(order, shares)
    to_source = 0
    reason: str | Promise = ""
    for payment, share in shares:
        blocked = _blocked(payment, now=now)
        if blocked:
            reason = blocked
        else:
            to_source += share
    return Refundable(left, min(left, to_source), reason)


def amount_left(order: Order) -> int:
    """What of this order can still be given back (rupiah).

    What a gateway took back is its buyer's already.
    """
    return _left(order, _shares_left(order))


def share_left(payment: Payment) -> int:
    """What this payment gave to its order and was neither refunded nor taken back."""
    if payment.order is None:
        return 0
    shares = {found.pk: share for found, share in _shares_left(payment.order)}
    return shares.get(payment.pk, 0)


def split(order: Order, amount: int, to: RefundTo, *, now: datetime) -> list[Part]:
    """Spread a refund over the order's payments, the outside money first.

    What cannot go back to its source, and what was paid from the balance, goes there.
    """
    parts: list[Part] = []
    for payment, share in _shares_left(order):
        taken = min(share, amount)
        if taken:
            is_source = to == RefundTo.SOURCE and not _blocked(payment, now=now)
            goes_to = RefundTo.SOURCE if is_source else RefundTo.BALANCE
            parts.append(Part(payment, taken, goes_to))
            amount -= taken
    if amount:
        raise ValueError(f"Order {order.pk} was paid with less than is refunded.")
    return parts


def _left(order: Order, shares: list[tuple[Payment, int]]) -> int:
    return min(order.total - order.refunded, sum(share for _payment, share in shares))


def _shares_left(order: Order) -> list[tuple[Payment, int]]:
    """What each payment gave to the order and was not refunded, outside money first."""
    used: dict[str, int] = {
        reason: -amount
        for reason, amount in LedgerPosting.objects.filter(
            entry__order=order, account__kind=AccountKind.HELD, amount__lt=0
        ).values_list("entry__reason", "amount")
    }
    refunded: dict[int, int] = dict(
        RefundPart.objects.filter(payment__order=order)
        .values_list("payment_id")
        .annotate(total=Sum("amount"))
        .values_list("payment_id", "total")
    )
    payments = (
        Payment.objects.filter(order=order)
        .exclude(status=PaymentStatus.REVERSED)
        .select_related("method")
        .prefetch_related("unmatched")
        .order_by("from_balance", "pk")
    )
    taken_back: dict[int, int] = dict(
        Reversal.objects.filter(payment__order=order)
        .values_list("payment_id")
        .annotate(total=Sum("of_price"))
        .values_list("payment_id", "total")
    )
    shares = []
    for payment in payments:
        reasons = [f"settled:{payment.reference}"] + [
            f"applied:{money.public_id}" for money in payment.unmatched.all()
        ]
        share = sum(used.get(reason, 0) for reason in reasons)
        gone = refunded.get(payment.pk, 0) + taken_back.get(payment.pk, 0)
        shares.append((payment, share - gone))
    return [(payment, share) for payment, share in shares if share > 0]


def _blocked(payment: Payment, *, now: datetime) -> str | Promise:
    """Why this payment cannot go back to where it came from; empty if it can."""
    if payment.from_balance:
        return _("What was paid from the balance goes back there.")
    since = now - (payment.settled_at or payment.created_at)
    if payment.method.kind == MethodKind.QRIS and since > QRIS_RETURNS_FOR:
        return _("QRIS payments older than 30 days cannot be sent back.")
    return ""
