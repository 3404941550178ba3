"""What each buyer would pay for a product, and what a sale would leave."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog import access as catalog_access
from catalog import selectors as catalog
from catalog.models import Product
from catalog.pricing import Buyer, Goods, PriceBook, Priced
from catalog.states import ProductKind
from inventory.services.serving import goods_of, serving_of
from ppob.kit import clock
from ppob.kit.errors import InvalidInput
from ppob.kit.money import read_amount
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission
from tenants.states import CustomerTier

USUAL_COUNTS = {1, 5, 10, 20}


@dataclass(frozen=True)
class Sale:
    """So many pieces sold to somebody: what they pay, and what it leaves (rupiah)."""

    quantity: int
    priced: Priced
    cost: int

    @property
    def profit(self) -> int:
        """What is left after the cost of all pieces, before fees."""
        return self.priced.total - self.cost * self.quantity

    @property
    def margin(self) -> float | None:
        """The same in per cent of the cost; None where no cost is known."""
        if not self.cost:
            return None
        return 100 * self.profit / (self.cost * self.quantity)


@require_safe
@store_page(Permission.SEE_COSTS)
def product_prices(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Tiers by quantities, for a buyer who paid `belanja` rupiah in 30 days."""
    product = catalog_access.access_product(
        request.member, public_id, to=Permission.SEE_COSTS
    )
    volume = _read_volume(request.GET.get("belanja", ""))
    goods, book = _goods(product), catalog.price_book([product])
    context = {
        "product": product,
        "goods": goods,
        "floor": book.terms.floor(goods.cost),
        "volume": volume,
        "asks_volume": book.needs_volume,
        "tiers": [
            (tier, _sales(product, goods, book, Buyer(tier, volume)))
            for tier in CustomerTier
        ],
        "section": "products",
    }
    return render(request, "inventory/product_prices.html", context)


def _sales(product: Product, goods: Goods, book: PriceBook, buyer: Buyer) -> list[Sale]:
    counts = USUAL_COUNTS | {rule.minimum_quantity for rule in book.rules}
    return [
        Sale(
            count,
            book.price(
                goods,
                count,
                product_id=product.pk,
                category_id=product.category_id,
                buyer=buyer,
            ),
            goods.cost,
        )
        for count in sorted(counts)
        if count <= goods.most
    ]


def _goods(product: Product) -> Goods:
    if product.kind != ProductKind.TOPUP:
        return goods_of(product)
    return goods_of(product, serving_of([product], now=clock.now())[product.pk])


def _read_volume(typed: str) -> int:
    """What was typed into the address; nonsense is as good as nothing."""
    try:
        return read_amount(typed, minimum=0)
    except InvalidInput:
        return 0
