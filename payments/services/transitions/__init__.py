"""The one place where statuses of orders and money change.

Each module declares one machine; whoever moves a row calls `transitions.move_…`.
"""

from payments.services.transitions.deposits import DEPOSITS, move_deposit
from payments.services.transitions.discrepancies import DISCREPANCIES, move_discrepancy
from payments.services.transitions.orders import (
    ORDERS,
    create_order,
    move_order,
    record_change,
)
from payments.services.transitions.payments import (
    PAYMENTS,
    announce_payment,
    move_payment,
)
from payments.services.transitions.refunds import REFUNDS, finish_refund, move_refund
from payments.services.transitions.unapplied import UNAPPLIED, move_unapplied
from payments.services.transitions.unreached import UNREACHED
from payments.services.transitions.words import MOVED_ON

__all__ = [
    "DEPOSITS",
    "DISCREPANCIES",
    "MOVED_ON",
    "ORDERS",
    "PAYMENTS",
    "REFUNDS",
    "UNAPPLIED",
    "UNREACHED",
    "announce_payment",
    "create_order",
    "finish_refund",
    "move_deposit",
    "move_discrepancy",
    "move_order",
    "move_payment",
    "move_refund",
    "move_unapplied",
    "record_change",
]
