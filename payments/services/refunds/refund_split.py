"""Which payment a refund undoes, and where each share can go."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.models import Order, Payment
from payments.services.ledger import shares
from payments.states import MethodKind, RefundTo

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
    given = shares.shares_left(order)
    left = _left(order, given)
    to_source = 0
    reason: str | Promise = ""
    for payment, share in given:
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
    return _left(order, shares.shares_left(order))


def split(order: Order, amount: int, to: RefundTo, *, now: datetime) -> list[Part]:
    """Spread a refund over the order's payments, the outside money first.

    What cannot go back to its source, and what was paid from the balance, goes there.
    """
    parts: list[Part] = []
    for payment, share in shares.shares_left(order):
        taken = min(share, amount)
        if taken:
            is_source = to == RefundTo.SOURCE and not _blocked(payment, now=now)
            goes_to = RefundTo.SOURCE if is_source else RefundTo.BALANCE
            parts.append(Part(payment, taken, goes_to))
            amount -= taken
    if amount:
        raise ValueError(f"Order {order.pk} was paid with less than is refunded.")
    return parts


def _left(order: Order, given: list[tuple[Payment, int]]) -> int:
    # A gateway may have taken back what the order still counts as paid.
    return min(order.total - order.refunded, sum(share for _payment, share in given))


def _blocked(payment: Payment, *, now: datetime) -> str | Promise:
    """Why this payment cannot go back to where it came from; empty if it can."""
    if payment.from_balance:
        return _("What was paid from the balance goes back there.")
    since = now - (payment.settled_at or payment.created_at)
    if payment.method.kind == MethodKind.QRIS and since > QRIS_RETURNS_FOR:
        return _("QRIS payments older than 30 days cannot be sent back.")
    return ""
