"""Row locks of the catalog; sales go on, they only refer to the rows."""

from collections.abc import Collection

from django.db.models import QuerySet

from catalog.models import Category, PriceRule, Product


def lock_products(product_ids: Collection[int]) -> QuerySet[Product]:
    """These products by key, unless they were deleted, locked."""
    return (
        Product.objects.filter(pk__in=product_ids, archived_at=None)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )


def lock_category(code: str) -> Category | None:
    """The category with this code, locked."""
    category: Category | None = (
        Category.objects.filter(code=code)
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    return category


def lock_price_rule(rule_id: int) -> PriceRule | None:
    """The price rule, locked, or None where it was removed."""
    rule: PriceRule | None = (
        PriceRule.objects.filter(pk=rule_id).select_for_update(of=("self",)).first()
    )
    return rule
