"""Panels, tickets and orders for somebody who wants to do something with them."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from bot.models import Panel, Ticket
from payments.models import Order, Payment
from ppob.kit.errors import NotAllowed, NotFound
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Customer
from tenants.permissions import Permission


class NotYours(NotAllowed):
    """The button belongs to somebody else's order."""

    code = "NOT_YOURS"
    default = _("This button belongs to somebody else's order.")


def access_panel(
    actor: Actor, public_id: UUID, *, to: Permission = Permission.EDIT_PANELS
) -> Panel:
    """The store's panel with its server, or NotFound; NotAllowed without the right."""
    require(actor, to)
    panel: Panel | None = (
        Panel.objects.filter(tenant_id=actor.tenant_id, public_id=public_id)
        .select_related("guild")
        .first()
    )
    if panel is None:
        raise NotFound
    return panel


def access_ticket(
    actor: Actor, public_id: UUID, *, to: Permission = Permission.SEE_ORDERS
) -> Ticket:
    """The store's ticket with order, buyer and product, or NotFound."""
    require(actor, to)
    ticket: Ticket | None = (
        Ticket.objects.filter(tenant_id=actor.tenant_id, public_id=public_id)
        .select_related("order", "customer", "product", "guild")
        .first()
    )
    if ticket is None:
        raise NotFound
    return ticket


def access_own_order(customer: Customer, order_id: int) -> Order:
    """The buyer's own order; NotYours for another buyer's, NotFound for no order."""
    order: Order | None = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise NotFound
    if order.customer_id != customer.pk:
        raise NotYours
    return order


def access_own_payment(customer: Customer, payment_id: int) -> Payment:
    """The buyer's own payment, its subject and method; NotYours or NotFound."""
    payment: Payment | None = (
        Payment.objects.select_related("order__customer", "deposit__customer", "method")
        .filter(pk=payment_id)
        .first()
    )
    if payment is None:
        raise NotFound
    if payment.subject.customer_id != customer.pk:
        raise NotYours
    return payment
