"""A buyer's own orders, to be looked at again at any time."""

from bot.access import access_own_order
from bot.models import Ticket
from bot.presenters.orders import OrderCard, OrderPage
from bot.presenters.quantity import discounts_of
from bot.services.bill_lookups import bills_of
from payments import purchase_links, selectors
from tenants.models import Customer

PAGE = 10


def history(*, customer: Customer, before: int | None = None) -> OrderPage:
    """Ten of the buyer's orders; `before` continues after that id."""
    found = selectors.orders_of(customer, limit=PAGE + 1, before=before)
    orders = found[:PAGE]
    return OrderPage(
        orders=orders,
        seen=selectors.first_revealed([order.pk for order in orders]),
        is_first=before is None,
        next_before=orders[-1].pk if len(found) > PAGE else None,
        store_id=customer.tenant_id,
    )


def card(*, customer: Customer, order_id: int) -> OrderCard:
    """The buyer's own order; NotYours for another buyer's, NotFound for no order."""
    order = access_own_order(customer, order_id)
    # A closed ticket's channel is deleted: naming it would lead nowhere.
    channel_id = (
        Ticket.objects.filter(order=order, closed_at=None)
        .values_list("channel_id", flat=True)
        .first()
    )
    lines = list(order.lines.order_by("pk"))
    return OrderCard(
        order=order,
        lines=lines,
        discounts=discounts_of(order),
        first_seen_at=selectors.first_revealed([order_id]).get(order_id),
        channel_id=channel_id,
        page=purchase_links.find_address(order),
        bills=bills_of(lines),
    )
