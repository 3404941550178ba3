"""What a store earned: figures from its orders and books. Test money counts nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Sum

from payments.models import LedgerPosting, Order
from payments.selectors import SOLD
from payments.states import AccountKind, EntryKind


@dataclass(frozen=True)
class OrderMoney:
    """What the books say about one order, in rupiah.

    `received` paid for the order, `refunded` went back to the buyer or is on its way,
    `taken_back` is what the payment provider cancelled and `fees` what it keeps; `net`
    is the store's.
    """

    received: int = 0
    refunded: int = 0
    taken_back: int = 0
    fees: int = 0

    @property
    def net(self) -> int:
        """What is left for the store."""
        return self.received - self.refunded - self.taken_back - self.fees


def money_of(order_ids: Sequence[int]) -> dict[int, OrderMoney]:
    """The books of these orders; orders without a booking lack."""
    own = Q(account__kind__in=[AccountKind.HELD, AccountKind.REFUNDS])
    lost = own | Q(account__kind=AccountKind.LOSSES)
    rows = (
        LedgerPosting.objects.filter(entry__order__in=order_ids)
        .values("entry__order_id")
        .annotate(
            received=Sum(
                "amount", filter=Q(account__kind=AccountKind.HELD, amount__lt=0)
            ),
            refunded=Sum("amount", filter=own & Q(entry__kind=EntryKind.REFUND)),
            taken_back=Sum("amount", filter=lost & Q(entry__kind=EntryKind.REVERSED)),
            fees=Sum("amount", filter=Q(account__kind=AccountKind.FEES)),
        )
    )
    return {
        row["entry__order_id"]: OrderMoney(
            received=-(row["received"] or 0),
            refunded=row["refunded"] or 0,
            taken_back=row["taken_back"] or 0,
            fees=row["fees"] or 0,
        )
        for row in rows
    }


def paid_orders(*, before: int | None = None, limit: int = 50) -> list[Order]:
    """Orders that were ever paid, newest first; `before` continues after that id.

    Test money is no money: orders it paid are left out.
    """
    orders = Order.objects.filter(paid_at__isnull=False, is_test=False).select_related(
        "customer"
    )
    if before is not None:
        orders = orders.filter(pk__lt=before)
    return list(orders.order_by("-pk")[:limit])


def count_orders_since(start: datetime) -> int:
    """How many orders were placed since `start`, without those of test money."""
    return Order.objects.filter(created_at__gte=start, is_test=False).count()


def income_since(start: datetime) -> int:
    """What was sold for real money since `start` and not refunded (rupiah)."""
    total = Order.objects.filter(
        status__in=SOLD, paid_at__gte=start, is_test=False
    ).aggregate(total=Sum(F("total") - F("refunded")))["total"]
    return total or 0
