"""Where an order stands."""

from datetime import datetime

from payments.events import OrderMoved
from payments.models import Order, OrderAdjustment, OrderEvent, OrderLine
from payments.services.transitions.words import MOVED_ON
from payments.states import ORDER_TRANSITIONS, OrderStatus
from ppob.kit import live
from ppob.kit.db import require_transaction
from ppob.kit.events import announce
from ppob.kit.machine import Machine, Transition
from ppob.kit.rows import insert_rows, insert_with


def _event(order: Order) -> OrderEvent:
    return OrderEvent(tenant_id=order.tenant_id, order_id=order.pk)


def _announce(order: Order, step: Transition[OrderStatus]) -> None:
    announce(
        OrderMoved(
            order.tenant_id,
            order,
            source=step.source,
            target=step.target,
            actor=step.actor,
            now=step.now,
        )
    )
    live.announce(order.tenant_id, "orders", order=str(order.public_id))


ORDERS = Machine(
    model=Order,
    table=ORDER_TRANSITIONS,
    event=_event,
    times={
        OrderStatus.PAID: "paid_at",
        OrderStatus.DELIVERED: "delivered_at",
        OrderStatus.COMPLETED: "completed_at",
    },
    announce=_announce,
    refusal=MOVED_ON,
)
move_order = ORDERS.move


def create_order(
    order: Order, *parts: OrderLine | OrderAdjustment, actor: str, now: datetime
) -> None:
    """Write a new order, what it is made of and its first event, and announce it."""
    require_transaction()
    step = Transition(None, OrderStatus(order.status), actor, now)
    # One statement for all: this is the path that every buyer waits for.
    insert_with(order, *parts, ORDERS.event_of(order, step), column="order_id")
    ORDERS.announce(order, step)


def record_change(order: Order, *, actor: str, reason: str, now: datetime) -> None:
    """Write down that a locked order became another one where it is, and announce it.

    `reason` says what changed, as `1 → 3` pieces. Nobody above is told: no step of the
    order's way was taken.
    """
    require_transaction()
    stays = OrderStatus(order.status)
    step = Transition(stays, stays, actor, now, reason)
    insert_rows([ORDERS.event_of(order, step)])
    live.announce(order.tenant_id, "orders", order=str(order.public_id))
