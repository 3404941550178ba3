"""What must be true of money, orders and what was delivered for them."""

from payments.invariants.books import BOOKS
from payments.invariants.deliveries import DELIVERIES
from payments.invariants.incoming import INCOMING
from payments.invariants.moved import MOVED
from payments.invariants.orders import ORDERS
from payments.invariants.refunds import REFUNDS
from payments.invariants.scarce import SCARCE

__all__ = ["INVARIANTS", "MOVED"]

INVARIANTS = (*BOOKS, *INCOMING, *ORDERS, *REFUNDS, *DELIVERIES, *SCARCE)
