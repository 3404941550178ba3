"""Codes and uploads for somebody who wants to do something with them."""

from uuid import UUID

from inventory.models import StockBatch, StockItem
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
