"""What a store sells, and where it gets it from."""

from itertools import count
from typing import Any
from uuid import uuid4

import factory

from catalog.models import Category, PricePolicy, PriceRule, Product
from catalog.states import PriceBasis
from inventory.models import (
    Hold,
    StockAlert,
    StockItem,
    SupplierAccount,
    SupplierProduct,
)
from inventory.services import stock
from inventory.states import AlertLevel
from tests.factories.base import LATE, NOON, StoreRow, numbered

_codes = count(1)


class CategoryFactory(StoreRow[Category]):
    """A shelf of the store."""

    class Meta:
        model = Category

    code = numbered("CAT-{}")
    name = numbered("Category {}")


class ProductFactory(StoreRow[Product]):
    """Something that can be bought as soon as it has codes."""

    class Meta:
        model = Product

    sku = numbered("SKU-{}")
    name = numbered("Product {}")
    price = 10_000
    created_at = NOON
    updated_at = NOON


class PriceRuleFactory(StoreRow[PriceRule]):
    """A discount of 10 % for VIPs, on all that the store sells."""

    class Meta:
        model = PriceRule

    tier = "vip"
    basis = PriceBasis.PRICE
    rate = 1_000
    created_at = NOON


class PricePolicyFactory(StoreRow[PricePolicy]):
    """How the store reckons: as without a row, unless told otherwise."""

    class Meta:
        model = PricePolicy


class StockItemFactory(StoreRow[StockItem]):
    """A code alone: no movement says where it comes from. `add_codes` keeps books."""

    class Meta:
        model = StockItem

    product = factory.SubFactory(ProductFactory)
    bucket = 0
    code = numbered("ITEM-{}")
    code_hash = numbered("hash-{}")
    created_at = NOON


class HoldFactory(StoreRow[Hold]):
    """A hold alone: no code is set aside."""

    class Meta:
        model = Hold

    holder = factory.LazyFunction(uuid4)
    product = factory.SubFactory(ProductFactory)
    quantity = 1
    created_at = NOON
    expires_at = LATE


class StockAlertFactory(StoreRow[StockAlert]):
    """An open alert of a product that ran low."""

    class Meta:
        model = StockAlert

    product = factory.SubFactory(ProductFactory)
    level = AlertLevel.WARNING
    available = 1
    raised_at = NOON
    changed_at = NOON


class SupplierAccountFactory(StoreRow[SupplierAccount]):
    """A test account at a supplier."""

    class Meta:
        model = SupplierAccount

    kind = "digiflazz"
    username = numbered("supplied-{}")
    # Sealed for the row's tenant, which saving fills in.
    credentials = '{"api_key": "dev-key", "webhook_secret": "webhook-secret"}'
    is_test = True
    created_at = NOON


class SupplierProductFactory(StoreRow[SupplierProduct]):
    """What an account can buy for one of the store's products."""

    class Meta:
        model = SupplierProduct

    account = factory.SubFactory(SupplierAccountFactory)
    product = factory.SubFactory(ProductFactory)
    sku = numbered("supplier-sku-{}")
    name = "Xl 10.000"
    cost = 10_000
    updated_at = NOON


def make_product(*, codes: int = 0, **fields: Any) -> Product:
    product = ProductFactory(**fields)
    if codes:
        add_codes(product, codes)
    return product


def add_codes(product: Product, count: int) -> list[str]:
    codes = [f"CODE-{product.pk}-{next(_codes)}" for _ in range(count)]
    stock.add_items(product=product, codes=codes, actor="test", now=NOON)
    return codes
