"""Facts that payments announce to the app above."""

from dataclasses import dataclass
from datetime import datetime

from payments.models import (
    Deposit,
    Discrepancy,
    Order,
    Payment,
    Refund,
    Reversal,
    UnmatchedMoney,
    UnreachedBuyer,
)
from payments.states import DepositStatus, OrderStatus, PaymentStatus, RefundStatus
from ppob.kit.events import Event


@dataclass(frozen=True)
class OrderMoved(Event):
    """An order was placed (from None) or moved: by whom (`actor`), and when (`now`)."""

    names = tuple(f"order.{status.value}" for status in OrderStatus)

    tenant_id: int
    order: Order
    source: OrderStatus | None
    target: OrderStatus
    actor: str
    now: datetime

    @property
    def name(self) -> str:
        """As `order.delivered`."""
        return f"order.{self.target.value}"


@dataclass(frozen=True)
class PaymentMoved(Event):
    """A payment is ready to be paid (its QR code or account is known), or it ended."""

    names = tuple(f"payment.{status.value}" for status in PaymentStatus)

    tenant_id: int
    payment: Payment
    target: PaymentStatus

    @property
    def name(self) -> str:
        """As `payment.settled`."""
        return f"payment.{self.target.value}"


@dataclass(frozen=True)
class DepositMoved(Event):
    """A top-up of a buyer's balance was asked for (from None) or moved."""

    names = tuple(f"deposit.{status.value}" for status in DepositStatus)

    tenant_id: int
    deposit: Deposit
    source: DepositStatus | None
    target: DepositStatus

    @property
    def name(self) -> str:
        """As `deposit.credited`."""
        return f"deposit.{self.target.value}"


@dataclass(frozen=True)
class RefundMoved(Event):
    """A refund was asked for (from None) or moved."""

    names = tuple(f"refund.{status.value}" for status in RefundStatus)

    tenant_id: int
    refund: Refund
    source: RefundStatus | None
    target: RefundStatus

    @property
    def name(self) -> str:
        """As `refund.paying_out`."""
        return f"refund.{self.target.value}"


@dataclass(frozen=True)
class MoneyWaits(Event):
    """Money came that fits nothing, or its buyer wants what lies there back."""

    names = ("money.unmatched", "money.asked_back")

    tenant_id: int
    money: UnmatchedMoney

    @property
    def name(self) -> str:
        """The same kind of row, and two kinds of news."""
        return "money.asked_back" if self.money.asked_back_at else "money.unmatched"


@dataclass(frozen=True)
class MoneyCredited(Event):
    """Unapplied money went to its buyer's balance."""

    names = ("money.credited",)

    tenant_id: int
    money: UnmatchedMoney


@dataclass(frozen=True)
class MoneyReturned(Event):
    """Unapplied money was paid back by hand."""

    names = ("money.returned",)

    tenant_id: int
    money: UnmatchedMoney


@dataclass(frozen=True)
class PaymentTakenBack(Event):
    """The gateway took money back.

    `reversal` says what of it, and what the store lost because what it paid for was
    delivered or spent.
    """

    names = ("payment.taken_back",)

    tenant_id: int
    payment: Payment
    reversal: Reversal


@dataclass(frozen=True)
class PaymentContradicted(Event):
    """A gateway's news contradicts what is known; the discrepancy has its payment."""

    names = ("payment.contradicted",)

    tenant_id: int
    discrepancy: Discrepancy


@dataclass(frozen=True)
class CodesDisclosed(Event):
    """Staff looked at a buyer's codes; the buyer reads the `reason`.

    `entry` is the number of the audit entry.
    """

    names = ("codes.disclosed",)

    tenant_id: int
    order: Order
    entry: int
    reason: str


@dataclass(frozen=True)
class MethodTroubled(Event):
    """A way to pay needs a person."""

    names = ("method.troubled",)

    tenant_id: int
    method_id: int
    trouble: str
    at: datetime


@dataclass(frozen=True)
class BuyerUnreached(Event):
    """No message reaches a buyer, and somebody has to tell them."""

    names = ("buyer.unreached",)

    tenant_id: int
    unreached: UnreachedBuyer
