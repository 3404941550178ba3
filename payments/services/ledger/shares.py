"""What each payment gave to its order, as the books have it."""

from django.db.models import Sum

from payments.models import LedgerPosting, Order, Payment, RefundPart, Reversal
from payments.states import AccountKind, EntryKind, PaymentStatus


def share_left(payment: Payment) -> int:
    """What this payment gave to its order and was neither refunded nor taken back."""
    if payment.order is None:
        return 0
    shares = {found.pk: share for found, share in shares_left(payment.order)}
    return shares.get(payment.pk, 0)


def shares_left(order: Order) -> list[tuple[Payment, int]]:
    """What each payment gave to the order and was not refunded, outside money first."""
    # From the books, not from the payments' amounts: a code, a surplus, or a part that
    # was credited paid nothing of the order.
    used: dict[tuple[str, str], int] = {
        (kind, source): -amount
        for kind, source, amount in LedgerPosting.objects.filter(
            entry__order=order, account__kind=AccountKind.HELD, amount__lt=0
        ).values_list("entry__kind", "entry__source", "amount")
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
        share = used.get((EntryKind.SETTLED, payment.reference), 0) + sum(
            used.get((EntryKind.APPLIED, str(money.public_id)), 0)
            for money in payment.unmatched.all()
        )
        gone = refunded.get(payment.pk, 0) + taken_back.get(payment.pk, 0)
        shares.append((payment, share - gone))
    return [(payment, share) for payment, share in shares if share > 0]
