"""Fetch one thing for somebody who works in the store."""

from typing import Any
from uuid import UUID

from payments.models import (
    Discrepancy,
    Order,
    Payment,
    PaymentMethod,
    Refund,
    UnmatchedMoney,
    UnreachedBuyer,
)
from payments.states import MethodKind
from ppob.kit.errors import NotFound
from tenants.actors import Actor
from tenants.auth import require
from tenants.models import Customer
from tenants.permissions import Permission


def access_order(actor: Actor, public_id: UUID, *, to: Permission) -> Order:
    """The store's order with its buyer, or NotFound; NotAllowed without the right."""
    require(actor, to)
    order: Order = _get(Order.objects.select_related("customer"), actor, public_id)
    return order


def access_payment(actor: Actor, public_id: UUID, *, to: Permission) -> Payment:
    """The store's payment with method and order or deposit, or NotFound."""
    require(actor, to)
    payment: Payment = _get(
        Payment.objects.select_related(
            "order__customer", "deposit__customer", "method"
        ),
        actor,
        public_id,
    )
    return payment


def access_method(actor: Actor, public_id: UUID, *, to: Permission) -> PaymentMethod:
    """The store's payment method, or NotFound; the balance is none of the seller's."""
    require(actor, to)
    methods = PaymentMethod.objects.exclude(kind=MethodKind.BALANCE)
    method: PaymentMethod = _get(methods, actor, public_id)
    return method


def access_refund(actor: Actor, public_id: UUID, *, to: Permission) -> Refund:
    """The store's refund with its order, or NotFound."""
    require(actor, to)
    refund: Refund = _get(
        Refund.objects.select_related("order__customer"), actor, public_id
    )
    return refund


def access_customer(actor: Actor, public_id: UUID, *, to: Permission) -> Customer:
    """A buyer as the store knows them, or NotFound."""
    require(actor, to)
    customer: Customer = _get(Customer.objects.all(), actor, public_id)
    return customer


def access_unapplied(
    actor: Actor, public_id: UUID, *, to: Permission
) -> UnmatchedMoney:
    """The store's unapplied money with payment and order, or NotFound."""
    require(actor, to)
    money: UnmatchedMoney = _get(
        UnmatchedMoney.objects.select_related(
            "payment__order__customer", "payment__deposit__customer"
        ),
        actor,
        public_id,
    )
    return money


def access_discrepancy(actor: Actor, public_id: UUID, *, to: Permission) -> Discrepancy:
    """The store's contradicting news of a gateway, or NotFound."""
    require(actor, to)
    found: Discrepancy = _get(Discrepancy.objects.all(), actor, public_id)
    return found


def access_unreached(
    actor: Actor, public_id: UUID, *, to: Permission
) -> UnreachedBuyer:
    """The store's buyer whom no message reached, or NotFound."""
    require(actor, to)
    found: UnreachedBuyer = _get(
        UnreachedBuyer.objects.select_related("customer", "order"), actor, public_id
    )
    return found


def _get(rows: Any, actor: Actor, public_id: UUID) -> Any:
    found = rows.filter(tenant_id=actor.tenant_id, public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
