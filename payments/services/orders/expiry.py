"""Orders whose time to pay is over."""

from datetime import datetime

from payments import locks
from payments.services.orders import checkout
from payments.states import OrderStatus
from ppob.kit.db import unit_of_work

ACTOR = "job:payments.expire_orders"


def expire_order(*, order_id: int, now: datetime) -> bool:
    """Expire the order if it is unpaid and its deadline passed; give its codes back.

    A payment that meets the deadline wins or loses at the order's row lock: afterwards
    the order is paid, or expired and the money is late.
    """
    with unit_of_work("payments.expire_order"):
        order = locks.lock_order(order_id)
        # Read again under the lock: choosing a way to pay may just have moved the
        # deadline.
        if order.status != OrderStatus.AWAITING_PAYMENT or order.expires_at > now:
            return False
        checkout.end_unpaid(
            order, OrderStatus.EXPIRED, actor=ACTOR, now=now, reason="not paid in time"
        )
    return True
