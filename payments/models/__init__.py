"""Orders, the money for them, and the books."""

from payments.models.delivery import Delivery
from payments.models.ledger import LedgerAccount, LedgerEntry, LedgerPosting
from payments.models.method import PaymentMethod
from payments.models.order import Order, OrderEvent, OrderLine
from payments.models.payment import Payment
from payments.models.review import Review
from payments.models.unmatched import UnmatchedMoney

__all__ = [
    "Delivery",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerPosting",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Payment",
    "PaymentMethod",
    "Review",
    "UnmatchedMoney",
]
