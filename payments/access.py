"""Fetch one thing for somebody who works in the store."""

from typing import Any
from uuid import UUID

from inventory.models import SupplierAccount
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
from tenants.auth import require
from tenants.models import Customer, Member
from tenants.permissions import Permission


def access_order(member: Member, public_id: UUID, *, to: Permission) -> Order:
    """The store's order with its buyer, or NotFound; NotAllowed without the right."""
    require(member, to)
    order: Order = _get(Order.objects.select_related("customer"), member, public_id)
    return order


def access_payment(member: Member, public_id: UUID, *, to: Permission) -> Payment:
    """The store's payment with method and order or deposit, or NotFound."""
    require(member, to)
    payment: Payment = _get(
        Payment.objects.select_related(
            "order__customer", "deposit__customer", "method"
        ),
        member,
        public_id,
    )
    return payment


def access_method(member: Member, public_id: UUID, *, to: Permission) -> PaymentMethod:
    """The store's payment method, or NotFound; the balance is none of the seller's."""
    require(member, to)
    methods = PaymentMethod.objects.exclude(kind=MethodKind.BALANCE)
    method: PaymentMethod = _get(methods, member, public_id)
    return method


def access_supplier_account(
    member: Member, public_id: UUID, *, to: Permission
) -> SupplierAccount:
    """The store's supplier account, or NotFound."""
    require(member, to)
    account: SupplierAccount = _get(SupplierAccount.objects.all(), member, public_id)
    return account


def access_refund(member: Member, public_id: UUID, *, to: Permission) -> Refund:
    """The store's refund with its order, or NotFound."""
    require(member, to)
    refund: Refund = _get(
        Refund.objects.select_related("order__customer"), member, public_id
    )
    return refund


def access_customer(member: Member, public_id: UUID, *, to: Permission) -> Customer:
    """A buyer as the store knows them, or NotFound."""
    require(member, to)
    customer: Customer = _get(Customer.objects.all(), member, public_id)
    return customer


def access_unapplied(
    member: Member, public_id: UUID, *, to: Permission
) -> UnmatchedMoney:
    """The store's unapplied money with payment and order, or NotFound."""
    require(member, to)
    money: UnmatchedMoney = _get(
        UnmatchedMoney.objects.select_related(
            "payment__order__customer", "payment__deposit__customer"
        ),
        member,
        public_id,
    )
    return money


def access_discrepancy(
    member: Member, public_id: UUID, *, to: Permission
) -> Discrepancy:
    """The store's contradicting news of a gateway, or NotFound."""
    require(member, to)
    found: Discrepancy = _get(Discrepancy.objects.all(), member, public_id)
    return found


def access_unreached(
    member: Member, public_id: UUID, *, to: Permission
) -> UnreachedBuyer:
    """The store's buyer whom no message reached, or NotFound."""
    require(member, to)
    found: UnreachedBuyer = _get(
        UnreachedBuyer.objects.select_related("customer", "order"), member, public_id
    )
    return found


def _get(rows: Any, member: Member, public_id: UUID) -> Any:
    found = rows.filter(tenant_id=member.tenant_id, public_id=public_id).first()
    if found is None:
        raise NotFound
    return found
