"""Products for somebody who wants to do something with them."""

from uuid import UUID

from catalog.models import PriceRule, Product
from ppob.kit.errors import NotFound
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission


def access_product(actor: Actor, public_id: UUID, *, to: Permission) -> Product:
    """The store's product; raises NotAllowed or NotFound.

    Other stores' products and deleted ones do not exist.
    """
    require(actor, to)
    product: Product | None = (
        Product.objects.filter(
            tenant_id=actor.tenant_id, public_id=public_id, archived_at=None
        )
        .select_related("category")
        .first()
    )
    if product is None:
        raise NotFound
    return product


def access_price_rule(actor: Actor, public_id: UUID, *, to: Permission) -> PriceRule:
    """The store's price rule; raises NotAllowed or NotFound."""
    require(actor, to)
    rule: PriceRule | None = (
        PriceRule.objects.filter(tenant_id=actor.tenant_id, public_id=public_id)
        .select_related("category", "product")
        .first()
    )
    if rule is None:
        raise NotFound
    return rule
