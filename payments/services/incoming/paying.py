"""The moment an order counts as paid."""

from datetime import datetime

from payments.models import Order
from payments.services import transitions
from payments.services.incoming import stock_holds, test_money
from payments.services.ledger import reservations
from payments.states import OrderStatus
from ppob.kit import jobs
from ppob.kit.db import require_transaction

# An order in one of these still takes its money.
PAYABLE = (OrderStatus.AWAITING_PAYMENT, OrderStatus.EXPIRED, OrderStatus.CANCELLED)


def pay_order(
    order: Order, *, share: int, is_test: bool, actor: str, now: datetime
) -> bool:
    """Move a locked order to paid; False if its stock is gone, and nothing changed.

    `share` rupiah of the price are taken from the buyer's balance. An order that ended
    takes new codes, if there are any. `is_test` is whether it is test money that pays.
    Raises BalanceTooLow.
    """
    require_transaction()
    if not stock_holds.keep_for_delivery(order, actor=actor, now=now):
        return False
    # Also for no share: what was set aside and is not needed goes back. Before the
    # move, since the database lets only a waiting order have something set aside.
    if share or order.reserved:
        reservations.add_share(order, share, now=now)
    test_money.mark(order, is_test=is_test)
    transitions.move_order(order, OrderStatus.PAID, actor=actor, now=now)
    # Only a hint: a sweeper finds paid orders that nobody delivers.
    jobs.enqueue("payments.deliver_order", tenant_id=order.tenant_id, order_id=order.pk)
    return True
