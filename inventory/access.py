"""Codes and uploads for somebody who wants to do something with them."""

from uuid import UUID

from inventory.models import StockBatch, StockItem
from ppob.kit.errors import NotFound
from tenants.auth import require
from tenants.models import Member
from tenants.permissions import Permission


def access_batch(member: Member, public_id: UUID, *, to: Permission) -> StockBatch:
    """The member's upload; raises NotAllowed or NotFound."""
    require(member, to)
    batch: StockBatch | None = (
        StockBatch.objects.filter(
            tenant_id=member.tenant_id,
            public_id=public_id,
            product__archived_at=None,
        )
        .select_related("product")
        .first()
    )
    if batch is None:
        raise NotFound
    return batch


def access_item(member: Member, public_id: UUID, *, to: Permission) -> StockItem:
    """The member's code; raises NotAllowed or NotFound."""
    require(member, to)
    item: StockItem | None = (
        StockItem.objects.filter(
            tenant_id=member.tenant_id,
            public_id=public_id,
            product__archived_at=None,
        )
        .select_related("product", "batch")
        .first()
    )
    if item is None:
        raise NotFound
    return item
