"""What an order holds while it waits: codes, unique amounts, a share of a balance.

Setting aside is part of each step that needs it; giving back is here alone.
"""

from datetime import datetime

from inventory.services import stock
from payments.models import Order
from payments.services.incoming import charges, stock_holds
from ppob.kit.db import require_transaction


def release(order: Order, *, actor: str, now: datetime) -> None:
    """Give everything back that a locked, unpaid order holds.

    Its payments end, what is set aside from the balance returns there, and others may
    buy the codes. Call it before the order moves: only one that waits has a share of a
    balance set aside.
    """
    require_transaction()
    charges.close_open_payments(order, now=now)
    release_codes(order, actor=actor, now=now)


def release_codes(order: Order, *, actor: str, now: datetime) -> None:
    """Let others buy what a locked order had set aside; it holds no codes any more."""
    stock.release_holds(stock_holds.line_ids(order), actor=actor, now=now)
