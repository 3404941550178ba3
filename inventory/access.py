"""Codes, uploads, suppliers and purchases for who wants to do something with them."""

from uuid import UUID

from inventory.models import (
    Purchase,
    StockBatch,
    StockItem,
    SupplierAccount,
    SupplierProduct,
)
from ppob.kit.errors import NotFound
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission


def access_batch(actor: Actor, public_id: UUID, *, to: Permission) -> StockBatch:
    """The member's upload; raises NotAllowed or NotFound."""
    require(actor, to)
    batch: StockBatch | None = (
        StockBatch.objects.filter(
            tenant_id=actor.tenant_id,
            public_id=public_id,
            product__archived_at=None,
        )
        .select_related("product")
        .first()
    )
    if batch is None:
        raise NotFound
    return batch


def access_item(actor: Actor, public_id: UUID, *, to: Permission) -> StockItem:
    """The member's code; raises NotAllowed or NotFound."""
    require(actor, to)
    item: StockItem | None = (
        StockItem.objects.filter(
            tenant_id=actor.tenant_id,
            public_id=public_id,
            product__archived_at=None,
        )
        .select_related("product", "batch")
        .first()
    )
    if item is None:
        raise NotFound
    return item


def access_supplier_account(
    actor: Actor, public_id: UUID, *, to: Permission
) -> SupplierAccount:
    """The store's account at a supplier, or NotFound; NotAllowed without the right."""
    require(actor, to)
    account: SupplierAccount | None = SupplierAccount.objects.filter(
        tenant_id=actor.tenant_id, public_id=public_id
    ).first()
    if account is None:
        raise NotFound
    return account


def access_supplier_product(
    actor: Actor, public_id: UUID, *, to: Permission
) -> SupplierProduct:
    """One line of a supplier's price list; raises NotAllowed or NotFound."""
    require(actor, to)
    option: SupplierProduct | None = (
        SupplierProduct.objects.filter(tenant_id=actor.tenant_id, public_id=public_id)
        .select_related("account", "product__category")
        .first()
    )
    if option is None:
        raise NotFound
    return option


def access_purchase(actor: Actor, public_id: UUID, *, to: Permission) -> Purchase:
    """The store's purchase of one unit, or NotFound; NotAllowed without the right."""
    require(actor, to)
    purchase: Purchase | None = (
        Purchase.objects.filter(tenant_id=actor.tenant_id, public_id=public_id)
        .select_related("product")
        .first()
    )
    if purchase is None:
        raise NotFound
    return purchase
