"""What came in for a payment: every receipt once, whoever brings the news."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Sum

from payments.models import Deposit, Order, Payment, Receipt, Reversal
from ppob.kit.db import require_transaction
from ppob.kit.rows import insert_unless

TRANSFER = "transfer"  # the key of the first transfer that staff saw


@dataclass(frozen=True)
class Incoming:
    """Money as somebody reported it, in rupiah.

    `key` names the receipt, `transaction` is the gateway's own id (empty for
    transfers), `by` says who reports it, `fee` what the gateway keeps of it.
    """

    amount: int
    key: str
    transaction: str
    at: datetime
    by: str
    fee: int | None = None


def transfer_key(number: int) -> str:
    """The key of the `number`th transfer (from 1) that staff saw for a payment."""
    return TRANSFER if number == 1 else f"{TRANSFER}:{number}"


def record(payment: Payment, incoming: Incoming, *, now: datetime) -> Receipt | None:
    """Write down money for a locked payment; None if it was written down before."""
    require_transaction()
    receipt = Receipt(
        tenant_id=payment.tenant_id,
        payment=payment,
        key=incoming.key[:100],
        transaction=incoming.transaction,
        amount=incoming.amount,
        fee=incoming.fee,
        received_at=incoming.at,
        recorded_at=now,
        recorded_by=incoming.by[:80],
    )
    # The insert decides, not a look before it: the same news would count once even
    # without the payment's lock.
    return receipt if insert_unless(receipt) else None


def get_known(payment: Payment, incoming: Incoming) -> Receipt:
    """The row of a receipt that was written down before, or of its transaction."""
    is_it = Q(key=incoming.key[:100])
    if incoming.transaction:
        is_it |= Q(transaction=incoming.transaction)
    # Of this payment alone: transfers of all payments have the same keys.
    receipt: Receipt = Receipt.objects.filter(is_it, payment=payment).earliest("pk")
    return receipt


def total_of(subject: Order | Deposit) -> int:
    """All that ever came in for an order or a deposit from outside (rupiah)."""
    is_for = (
        Q(payment__order=subject)
        if isinstance(subject, Order)
        else Q(payment__deposit=subject)
    )
    total = Receipt.objects.filter(is_for).aggregate(total=Sum("amount"))["total"]
    return total or 0


def count_of(payment: Payment) -> int:
    """How many receipts of this payment are written down."""
    return Receipt.objects.filter(payment=payment).count()


def left_of(payment: Payment) -> int:
    """What came in for this payment and was not taken back (rupiah)."""
    left = Receipt.objects.filter(payment=payment).aggregate(
        total=Sum(F("amount") - F("taken_back"))
    )["total"]
    return left or 0


def left_of_transaction(payment: Payment, transaction: str) -> int | None:
    """The same of one transaction of the gateway; None if nothing came by it."""
    if not transaction:
        return None
    receipt = Receipt.objects.filter(payment=payment, transaction=transaction).first()
    return receipt.amount - receipt.taken_back if receipt is not None else None


def came_otherwise(payment: Payment, transaction: str) -> bool:
    """Whether other transactions than this one brought the payment's money.

    News that this one went then comes before the news that it came.
    """
    came_by = Receipt.objects.filter(payment=payment).exclude(transaction="")
    return bool(transaction) and came_by.exists()


def went_first(payment: Payment, transaction: str) -> bool:
    """Whether a second transaction went before we hear that it came."""
    if not transaction or payment.settled_at is None:
        return False
    went = Reversal.objects.filter(
        payment=payment, transaction=transaction, booked=0, confirmed=0
    )
    return went.exists() and left_of_transaction(payment, transaction) is None


def take_back(payment: Payment, amount: int, *, transaction: str = "") -> None:
    """Note that `amount` of a locked payment's receipts went back.

    The transaction's own receipt comes first, the others by age.
    """
    require_transaction()
    left = Receipt.objects.filter(payment=payment, taken_back__lt=F("amount"))
    for receipt in sorted(
        left.order_by("pk"), key=lambda found: found.transaction != transaction
    ):
        taken = min(amount, receipt.amount - receipt.taken_back)
        if not taken:
            break
        Receipt.objects.filter(pk=receipt.pk).update(taken_back=F("taken_back") + taken)
        amount -= taken
    if amount:
        raise ValueError(f"More of {payment.reference} is taken back than came.")
