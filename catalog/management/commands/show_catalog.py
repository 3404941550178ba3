"""`show_catalog`: what a store offers, as a table."""

from decimal import Decimal
from typing import Any

from catalog import selectors
from catalog.management.store_command import StoreCommand, table
from catalog.models import Product
from catalog.pricing import daily_revenue, profit
from catalog.states import ProductKind
from ppob.kit.money import rupiah
from tenants.models import Tenant

TRANSACTIONS = 100


class Command(StoreCommand):
    """Print a store's products with prices and margins."""

    help = (
        "Show a store's products, prices and margins, and what 100 top-ups a day would "
        "bring in.  Example: show_catalog --store toko-rizky"
    )

    def work(self, store: Tenant, options: dict[str, Any]) -> None:
        """Print the table."""
        products = selectors.list_products(include_hidden=True)
        if not products:
            self.stdout.write(f"{store.name} has no products yet.")
            return
        self.stdout.write(_table(products))
        self.stdout.write("")
        self.stdout.write(f"{len(products)} products in {store.name}.")
        prices = [
            product.price
            for product in products
            if product.kind == ProductKind.TOPUP and product.is_active
        ]
        if prices:
            self.stdout.write(
                f"Revenue potential: {rupiah(daily_revenue(prices))}/day from "
                f"{TRANSACTIONS} top-ups at the average of {len(prices)} prices."
            )


def _table(products: list[Product]) -> str:
    header = ("Category", "SKU", "Name", "Kind", "Cost", "Price", "Margin", "Panel")
    return table(header, [_row(product) for product in products])


def _row(product: Product) -> tuple[str, ...]:
    shown = product.is_active and product.is_visible
    return (
        str(product.category or "-"),
        product.sku,
        product.name,
        product.kind,
        rupiah(product.cost),
        rupiah(product.price),
        _margin(product),
        "yes" if shown else "no",
    )


def _margin(product: Product) -> str:
    if not product.cost:
        return "-"
    earned = profit(price=product.price, cost=product.cost)
    return f"{Decimal(earned) / product.cost * 100:.1f} %"
