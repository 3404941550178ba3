"""What of a payment goes back, or went back, as refunds that people agreed to."""

from django.db.models import Sum

from payments.models import Payment, RefundPart, Reversal
from payments.states import RefundStatus, RefundTo

# Stored with refunds and compared in `noted_of`: under other words, older ones would
# count as paid out by staff.
NOTE = "taken back by the payment provider"


def confirmed_of(payment: Payment) -> int:
    """What a gateway confirmed to have sent back as refunds of it (rupiah)."""
    return (
        Reversal.objects.filter(payment=payment).aggregate(total=Sum("confirmed"))[
            "total"
        ]
        or 0
    )


def noted_of(payment: Payment) -> int:
    """What staff says to have sent back, and no gateway confirmed yet (rupiah)."""
    noted = (
        RefundPart.objects.filter(
            payment=payment,
            destination=RefundTo.SOURCE,
            refund__status=RefundStatus.DONE,
        )
        .exclude(refund__note__in=["", NOTE])  # to the balance; by the gateway itself
        .aggregate(total=Sum("amount"))["total"]
        or 0
    )
    return noted - confirmed_of(payment)


def waiting_parts(payment: Payment) -> list[RefundPart]:
    """What of this payment waits to be sent back by hand."""
    parts = RefundPart.objects.filter(
        payment=payment,
        destination=RefundTo.SOURCE,
        refund__status=RefundStatus.PAYING_OUT,
    )
    return list(parts.order_by("refund_id"))


def has_others(waiting: list[RefundPart]) -> bool:
    """Whether one of these refunds goes back to other payments too."""
    parts = RefundPart.objects.filter(
        refund__in=[part.refund_id for part in waiting], destination=RefundTo.SOURCE
    )
    return parts.count() > len(waiting)
