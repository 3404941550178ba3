"""What can be bought now, and the price lists that programs ask for again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.core.cache import cache

from catalog import selectors as catalog
from catalog.models import Category, Product
from catalog.states import SUPPLIED_KINDS, ProductKind
from inventory import selectors
from inventory.services.serving import Serving, serving_of
from ppob.kit.db import prepared_cursor

# Only the clock changes an answer unseen: suppliers close and open at a time of day.
KEPT_SECS = 30


@dataclass(frozen=True)
class Offer:
    """Whether one of a product can be sold now.

    `stock` counts its codes and is None for top-ups, whose `serving` says more.
    """

    stock: int | None
    serving: Serving

    @property
    def is_available(self) -> bool:
        """Whether somebody could buy it now."""
        return self.serving.is_possible and self.stock != 0


class PriceLine(TypedDict):
    """One product of a price list; `price` is whole rupiah.

    A plain dictionary: what one version put into the cache, the next one reads.
    """

    id: UUID
    sku: str
    name: str
    price: int
    is_available: bool


def offers_of(products: Sequence[Product], *, now: datetime) -> dict[int, Offer]:
    """What can be sold of each of these products, by our row's id.

    Four queries at most, however many products there are.
    """
    codes = [each.pk for each in products if each.kind == ProductKind.CODE]
    top_ups = [each for each in products if each.kind in SUPPLIED_KINDS]
    levels = selectors.available(codes) if codes else {}
    served = serving_of(top_ups, now=now)
    return {
        each.pk: Offer(levels.get(each.pk), served.get(each.pk, Serving()))
        for each in products
    }


def price_list(game: Category, *, now: datetime) -> list[PriceLine]:
    """What can be bought for a game, cheapest first, hidden products included.

    Kept for at most 30 seconds, and no longer than until a product, its stock, its
    suppliers or what is left at them changes. Whether it `is_available` is advice: an
    order asks anew.
    """
    # Asked before reading: what changes between the two is read twice, never missed.
    key = f"price-list:{game.tenant_id}:{_mark(game)}"
    known: list[PriceLine] | None = cache.get(key)
    if known is not None:
        return known
    lines = _read(game, now=now)
    cache.set(key, lines, KEPT_SECS)
    return lines


# Everything that a list is made from, as one word. The newest time or number alone
# would miss who began earlier and committed later (see `ppob.kit.changes`).
# First the products with their marks, and of codes whether there is one to sell; then
# who sells them at what cost and when: mapping a line marks no other row; then the
# accounts, which are marked with every rupiah that is set aside and with each reading.
_MARK = """
SELECT md5(jsonb_build_array(
    %(category)s::bigint,
    (
        SELECT jsonb_agg(jsonb_build_array(p.id, p.changed, p.kind = 'code' AND EXISTS (
            SELECT FROM inventory_stockitem AS s
            WHERE s.tenant_id = p.tenant_id AND s.product_id = p.id
            AND s.status = 'free'
        )) ORDER BY p.id)
        FROM catalog_product AS p
        WHERE p.tenant_id = %(tenant)s AND p.category_id = %(category)s
        AND p.archived_at IS NULL AND p.is_active
    ),
    (
        SELECT jsonb_agg(jsonb_build_array(
            o.id, o.product_id, o.cost, o.is_available, o.closed_from, o.closed_until
        ) ORDER BY o.id)
        FROM inventory_supplierproduct AS o
        JOIN catalog_product AS p
        ON p.tenant_id = o.tenant_id AND p.id = o.product_id
        WHERE o.tenant_id = %(tenant)s AND p.category_id = %(category)s
    ),
    (
        SELECT jsonb_agg(jsonb_build_array(a.id, a.changed) ORDER BY a.id)
        FROM inventory_supplieraccount AS a
        WHERE a.tenant_id = %(tenant)s
    )
)::text)
"""


def _mark(game: Category) -> str:
    with prepared_cursor() as cursor:
        cursor.execute(_MARK, {"tenant": game.tenant_id, "category": game.pk})
        (mark,) = cursor.fetchone()
    return str(mark)


def _read(game: Category, *, now: datetime) -> list[PriceLine]:
    # What a bill costs is known by its number alone; its fee would read as a price.
    goods = catalog.items_of(game).exclude(kind=ProductKind.BILL)
    items = list(goods.order_by("price", "pk"))
    offers = offers_of(items, now=now)
    return [
        PriceLine(
            id=each.public_id,
            sku=each.sku,
            name=each.name,
            price=each.price,
            is_available=offers[each.pk].is_available,
        )
        for each in items
    ]
