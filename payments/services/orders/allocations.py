"""What an order holds while it waits: codes, deposits at suppliers, unique amounts, a
share of a balance.

Setting aside is part of each step that needs it; giving back is here alone.
"""

from datetime import datetime

from catalog.states import SUPPLIED_KINDS, ProductKind
from inventory.services import deposits, stock
from payments.models import Order, OrderLine
from payments.services.incoming import charges
from ppob.kit.db import require_transaction
from ppob.kit.rows import find_rows


def release(order: Order, *, actor: str, now: datetime) -> None:
    """Give everything back that a locked, unpaid order holds.

    Its payments end, what is set aside from the balance returns there, and others may
    buy the codes. Call it before the order moves: only one that waits has a share of a
    balance set aside.
    """
    require_transaction()
    charges.close_open_payments(order, now=now)
    release_goods(order, actor=actor, now=now)


def release_goods(order: Order, *, actor: str, now: datetime) -> None:
    """Let others buy what a locked order had set aside: its codes, its deposits."""
    lines = find_rows(OrderLine, order_id=order.pk)
    codes = [line.public_id for line in lines if line.kind == ProductKind.CODE]
    stock.release_holds(codes, actor=actor, now=now)
    supplied = [line.public_id for line in lines if line.kind in SUPPLIED_KINDS]
    if supplied:
        deposits.release(supplied, now=now)
