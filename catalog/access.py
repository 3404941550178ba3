"""Products for somebody who wants to do something with them."""

from uuid import UUID

from catalog.models import Product
from ppob.kit.errors import NotFound
from tenants.auth import require
from tenants.models import Member
from tenants.permissions import Permission


def access_product(member: Member, public_id: UUID, *, to: Permission) -> Product:
    """The member's product; raises NotAllowed or NotFound.

    Other stores' products and deleted ones do not exist.
    """
    require(member, to)
    product: Product | None = (
        Product.objects.filter(
            tenant_id=member.tenant_id, public_id=public_id, archived_at=None
        )
        .select_related("category")
        .first()
    )
    if product is None:
        raise NotFound
    return product
