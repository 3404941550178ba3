"""Reading the catalog of the store in scope."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Q, QuerySet, When

from catalog.models import Category, PricePolicy, PriceRule, Product
from catalog.pricing import PriceBook, Rule, Terms
from catalog.states import SUPPLIED_KINDS, PriceBasis, ProductKind
from ppob.kit import scope
from ppob.kit.db import prepared_cursor
from ppob.kit.errors import NotFound
from tenants.states import CustomerTier


def products(*, include_hidden: bool = False, search: str = "") -> QuerySet[Product]:
    """Products that were not deleted, in the store's order, with their categories.

    Without `include_hidden` only what is for sale and visible; `search` looks at names
    and SKUs.
    """
    found: QuerySet[Product] = Product.objects.filter(archived_at=None)
    if not include_hidden:
        found = found.filter(is_active=True, is_visible=True)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(sku__icontains=search))
    return found.select_related("category").order_by("position", "pk")


def list_products(*, include_hidden: bool = False, search: str = "") -> list[Product]:
    """The products as a list; see `products`."""
    return list(products(include_hidden=include_hidden, search=search))


def list_shelf(
    *, search: str = "", after: int | None = None, limit: int
) -> list[Product]:
    """A part of the products, hidden ones included; it goes on `after` that id."""
    found = products(include_hidden=True, search=search)
    last = Product.objects.filter(pk=after or 0).first()
    if last is not None:
        found = found.filter(
            Q(position__gt=last.position) | Q(position=last.position, pk__gt=last.pk)
        )
    return list(found[:limit])


def panel_products() -> QuerySet[Product]:
    """What panels show: active and visible, codes before top-ups, in order."""
    codes_first = Case(When(kind=ProductKind.CODE, then=0), default=1)
    return products().order_by(codes_first, "position", "pk")


def list_panel_products() -> list[Product]:
    """The same as a list; see `panel_products`."""
    return list(panel_products())


def find_topups(
    words: Collection[str] = (), *, limit: int | None = None
) -> list[Product]:
    """Top-ups and bills whose name or game has each of these words, by game and price.

    Hidden ones are among them.
    """
    found = Product.objects.filter(
        archived_at=None, is_active=True, kind__in=SUPPLIED_KINDS
    )
    for word in words:
        found = found.filter(
            Q(name__icontains=word)
            | Q(category__name__icontains=word)
            | Q(category__code__icontains=word)
        )
    in_order = found.select_related("category").order_by(
        "category__position", "category__pk", "price", "pk"
    )
    return list(in_order[:limit])


def list_categories() -> list[Category]:
    """The store's categories in the store's order."""
    return list(Category.objects.order_by("position", "pk"))


def find_category(code: str) -> Category | None:
    """The category with this code, whatever its case."""
    found: Category | None = Category.objects.filter(code__iexact=code).first()
    return found


def list_games() -> list[Category]:
    """Categories whose products go to an account, in the store's order. One query.

    `items` of each is how many of its products can be bought, hidden ones included.
    """
    for_sale = Q(products__archived_at=None, products__is_active=True)
    found = Category.objects.annotate(items=Count("products", filter=for_sale))
    return [game for game in found.order_by("position", "pk") if _is_game(game)]


def get_game(code: str) -> Category:
    """The category with this code, whatever its case; NotFound where it is no game."""
    game = find_category(code)
    if game is None or not _is_game(game):
        raise NotFound
    return game


def items_of(game: Category) -> QuerySet[Product]:
    """Active products of a game, hidden ones included, each with its category.

    The caller puts them in order.
    """
    found: QuerySet[Product] = Product.objects.filter(
        archived_at=None, is_active=True, category=game
    )
    return found.select_related("category")


def products_of_category(code: str) -> list[Product]:
    """Active products of one category, cheapest first; hidden ones included.

    A price list may name what no panel shows.
    """
    return list(
        Product.objects.filter(
            archived_at=None, is_active=True, category__code__iexact=code
        )
        .select_related("category")
        .order_by("price", "pk")
    )


# By hand: every order asks, and most stores have no rule at all.
_RULES = """
SELECT r.public_id, r.name, r.basis, r.rate, r.tier, r.minimum_quantity,
    r.minimum_volume, r.category_id, r.product_id, t.price_step, p.least_rate
FROM tenants_tenant AS t
LEFT JOIN catalog_pricepolicy AS p ON p.tenant_id = t.id
LEFT JOIN catalog_pricerule AS r ON r.tenant_id = t.id AND (
    r.product_id = ANY(%(products)s::bigint[])
    OR r.category_id = ANY(%(categories)s::bigint[])
    OR r.product_id IS NULL AND r.category_id IS NULL
)
WHERE t.id = %(tenant)s
ORDER BY r.id
"""
_RULE_COLUMNS = (
    "public_id",
    "name",
    "basis",
    "rate",
    "tier",
    "minimum_quantity",
    "minimum_volume",
    "category_id",
    "product_id",
)


def price_book(products: Collection[Product]) -> PriceBook:
    """The rules and terms that prices of these products follow. One query."""
    asked: dict[str, Any] = {
        "tenant": scope.get_tenant_id(),
        "products": [each.pk for each in products],
        "categories": [each.category_id for each in products if each.category_id],
    }
    with prepared_cursor() as cursor:
        cursor.execute(_RULES, asked)
        found = cursor.fetchall()
    *_columns, step, least_rate = found[0]
    rules = (
        read_rule(PriceRule(**dict(zip(_RULE_COLUMNS, row[:-2], strict=True))))
        for row in found
        if row[0] is not None  # a store without a rule still has its terms
    )
    return PriceBook(tuple(rules), Terms(step, least_rate or 0))


def list_price_rules() -> list[PriceRule]:
    """All rules of the store: for all products, then by category, then by product."""
    return list(
        PriceRule.objects.select_related("category", "product").order_by(
            F("product__position").asc(nulls_first=True),
            F("product_id").asc(nulls_first=True),
            F("category__position").asc(nulls_first=True),
            F("category_id").asc(nulls_first=True),
            "minimum_volume",
            "minimum_quantity",
            "pk",
        )
    )


def find_price_policy() -> PricePolicy:
    """How far the prices of the store in scope may go; the defaults without a row."""
    return PricePolicy.objects.first() or PricePolicy()


def read_rule(row: PriceRule) -> Rule:
    """A rule as prices are reckoned by it."""
    return Rule(
        source=str(row.public_id),
        label=str(row),
        basis=PriceBasis(row.basis),
        rate=row.rate,
        tier=CustomerTier(row.tier),
        minimum_quantity=row.minimum_quantity,
        minimum_volume=row.minimum_volume,
        category_id=row.category_id,
        product_id=row.product_id,
    )


def ids_of(public_ids: Collection[UUID]) -> list[int]:
    """The keys of those products that exist in this store and were not deleted."""
    return list(
        Product.objects.filter(public_id__in=public_ids, archived_at=None)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _is_game(category: Category) -> bool:
    return bool(category.destination_fields)
