"""What products cost one buyer: the store's price rules, applied to who asks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Sum

from catalog import selectors as catalog
from catalog.models import Product
from catalog.pricing import Buyer, Goods, PriceBook, Priced
from catalog.states import ProductKind
from inventory.services.serving import Serving, goods_of
from payments.models import Order
from payments.states import OrderStatus, PaymentStatus
from tenants.models import Customer
from tenants.states import CustomerTier

# Rolling, not the calendar's month: on the first day of one every regular buyer would
# pay more than the day before without having done anything.
VOLUME_WITHIN = timedelta(days=30)
_BOUGHT = (
    OrderStatus.PAID,
    OrderStatus.DELIVERING,
    OrderStatus.DELIVERED,
    OrderStatus.COMPLETED,
)


@dataclass(frozen=True)
class BuyerPrices:
    """The prices of some products for one buyer, as they are at one moment."""

    book: PriceBook
    buyer: Buyer

    def of(
        self, product: Product, quantity: int = 1, *, serving: Serving | None = None
    ) -> Priced:
        """What so many pieces cost this buyer; `serving` is a top-up's, where known."""
        return self.of_goods(product, goods_of(product, serving), quantity)

    def of_goods(self, product: Product, goods: Goods, quantity: int) -> Priced:
        """The same at a price and cost that were agreed before."""
        if product.kind == ProductKind.BILL:
            # Its price is the store's fee: what rules take off is not this.
            usual = goods.price * quantity
            return Priced(usual, usual)
        return self.book.price(
            goods,
            quantity,
            product_id=product.pk,
            category_id=product.category_id,
            buyer=self.buyer,
        )


def read_prices(
    customer: Customer, products: Collection[Product], *, now: datetime
) -> BuyerPrices:
    """What these products cost the buyer.

    One query, and one more where a rule asks what they paid before.
    """
    book = catalog.price_book(products)
    volume = paid_volume(customer, now=now) if book.needs_volume else 0
    return BuyerPrices(book, Buyer(CustomerTier(customer.tier), volume))


def paid_volume(customer: Customer, *, now: datetime) -> int:
    """What a buyer paid for orders of the last 30 days and did not get back (rupiah).

    Test money and payments that were taken back do not count.
    """
    bought = Order.objects.filter(
        customer=customer,
        created_at__gt=now - VOLUME_WITHIN,
        status__in=_BOUGHT,
        is_test=False,
    ).exclude(payments__status=PaymentStatus.REVERSED)
    found: int | None = bought.aggregate(sum=Sum(F("total") - F("refunded")))["sum"]
    return found or 0
