"""Reactions to facts from below, and of one part of a sale to another's."""

from inventory.events import PurchaseProgressed, PurchaseSettled
from inventory.states import PurchaseStatus
from payments.events import OrderMoved
from payments.models import OrderLine
from payments.services.orders import allocations, purchase_decisions
from payments.states import OrderStatus
from ppob.kit import jobs
from ppob.kit.events import receives


@receives(PurchaseSettled)
def go_on_with_the_order(event: PurchaseSettled) -> None:
    """A top-up was bought, or certainly not: its order can go on."""
    order_id = (
        OrderLine.objects.filter(public_id=event.purchase.holder)
        .values_list("order_id", flat=True)
        .first()
    )
    if order_id is not None:
        jobs.enqueue(
            "payments.deliver_order", tenant_id=event.tenant_id, order_id=order_id
        )


@receives(PurchaseProgressed)
def drop_the_first_word(event: PurchaseProgressed) -> None:
    """A purchase that waits for no decision takes none from what was seen before."""
    if event.purchase.status != PurchaseStatus.NEEDS_OWNER:
        purchase_decisions.drop_verdict(event.purchase)


@receives(OrderMoved)
def let_others_buy(event: OrderMoved) -> None:
    """The money of an order that was not delivered goes back: so do its codes."""
    if event.target == OrderStatus.REFUNDING:
        allocations.release_goods(event.order, actor=event.actor, now=event.now)
