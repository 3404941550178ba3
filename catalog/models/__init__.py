"""What a store offers."""

from catalog.models.category import Category
from catalog.models.pricing import PricePolicy, PriceRule
from catalog.models.product import Product

__all__ = ["Category", "PricePolicy", "PriceRule", "Product"]
