"""The codes that are set aside for an order: they wait as long as its money may."""

from datetime import datetime, timedelta
from uuid import UUID

from catalog.states import ProductKind
from inventory.services import stock
from payments.models import Order, OrderLine
from ppob.kit.db import savepoint
from ppob.kit.rows import find_rows

PAID_HOLD = timedelta(days=365)  # paid codes wait for their delivery and nothing else


def line_ids(order: Order) -> list[UUID]:
    """The public ids under which the order's codes are held; top-ups hold none."""
    lines = find_rows(OrderLine, order_id=order.pk)
    return [line.public_id for line in lines if line.kind == ProductKind.CODE]


def keep(order: Order, *, until: datetime) -> bool:
    """Keep a locked order's codes at least until then; False if they are gone."""
    holders = line_ids(order)
    if not holders:
        return True
    # All or nothing: an order with a part of its codes could not be delivered.
    return stock.extend_holds(holders, expires_at=until) == len(holders)


def keep_for_delivery(order: Order, *, actor: str, now: datetime) -> bool:
    """Keep a locked order's codes for good; take new ones if they were given back.

    False if there are not enough; nothing has changed then.
    """
    until = now + PAID_HOLD
    if keep(order, until=until):
        return True
    try:
        # So that what one line took is free again when the next one finds too little.
        with savepoint():
            lines = OrderLine.objects.filter(order=order, kind=ProductKind.CODE)
            for line in lines.select_related("product"):
                stock.hold_items(
                    product=line.product,
                    quantity=line.quantity,
                    holder=line.public_id,
                    expires_at=until,
                    actor=actor,
                    now=now,
                )
    except stock.OutOfStock:
        return False
    return True
