"""Orders, the money for them, and the books."""

from payments.models.delivery import Delivery
from payments.models.deposit import Deposit, DepositEvent
from payments.models.ledger import LedgerAccount, LedgerEntry, LedgerPosting
from payments.models.method import PaymentMethod
from payments.models.order import Order, OrderAdjustment, OrderEvent, OrderLine
from payments.models.payment import Payment, PaymentEvent
from payments.models.policy import MoneyPolicy
from payments.models.receipt import Discrepancy, Receipt, Reversal
from payments.models.refund import Refund, RefundEvent, RefundPart
from payments.models.review import Review
from payments.models.unmatched import UnmatchedMoney
from payments.models.unreached import UnreachedBuyer
from payments.models.verdict import PurchaseVerdict

__all__ = [
    "Delivery",
    "Deposit",
    "DepositEvent",
    "Discrepancy",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerPosting",
    "MoneyPolicy",
    "Order",
    "OrderAdjustment",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "PaymentEvent",
    "PaymentMethod",
    "PurchaseVerdict",
    "Receipt",
    "Refund",
    "RefundEvent",
    "RefundPart",
    "Reversal",
    "Review",
    "UnmatchedMoney",
    "UnreachedBuyer",
]
