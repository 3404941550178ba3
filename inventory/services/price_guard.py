"""A supplier changed what something costs: what becomes of the product's price.

A top-up's own cost is what the cheapest supplier in use takes for it. The store's rule
says whether the price follows, the product is taken out of sale once its margin is
gone, or the seller is only told. Orders that exist keep their price and their ceiling.
"""

from datetime import datetime

from django.db.models import F, Min, OuterRef, QuerySet, Subquery

from catalog import locks, selectors
from catalog.events import ProductChanged
from catalog.models import PricePolicy, Product
from catalog.pricing import (
    WHOLE,
    Goods,
    PriceBook,
    kept_margin,
    public_price,
    rules_for,
)
from catalog.states import CostReaction, ProductKind
from inventory.events import CostMove, CostsMoved
from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import purchase_routes
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.events import announce
from ppob.kit.money import MAX_AMOUNT
from security.services import audit

AT_ONCE = 200  # products in a transaction
ACTOR = "job:inventory.sync_prices"


def follow_costs(account: SupplierAccount, *, now: datetime) -> int:
    """Give the products of this account the cost of now; how many had another.

    All that the account serves is compared, not only what its list changed: what a
    crash left undone is done with the next list.
    """
    behind = list(_behind(account).order_by("pk").values_list("pk", flat=True))
    moved = 0
    for start in range(0, len(behind), AT_ONCE):
        moved += _follow(account, behind[start : start + AT_ONCE], now=now)
    return moved


def _follow(account: SupplierAccount, product_ids: list[int], *, now: datetime) -> int:
    with unit_of_work("inventory.follow_costs"):
        products = list(locks.lock_products(product_ids))
        # Read after the lock: what two lists say at once is written one by one.
        costs = dict(
            _offers()
            .filter(product__in=products)
            .values_list("product")
            .annotate(least=Min("cost"))
        )
        book = selectors.price_book(products)
        policy = selectors.find_price_policy()
        moves = [
            _move(product, costs[product.pk], policy, book, now=now)
            for product in products
            if costs.get(product.pk, product.cost) not in (0, product.cost)
        ]
        told = [each for each in moves if _is_news(each, policy, book)]
        if told:
            announce(
                CostsMoved(
                    account.tenant_id,
                    account_id=account.pk,
                    moves=tuple(told),
                    at=now,
                )
            )
    return len(moves)


def _behind(account: SupplierAccount) -> QuerySet[Product]:
    """Top-ups of the account whose cost is not what their cheapest supplier takes."""
    of_account = SupplierProduct.objects.filter(account=account, product__isnull=False)
    cheapest = _offers().filter(product=OuterRef("pk")).order_by("cost")
    found: QuerySet[Product] = (
        Product.objects.filter(
            pk__in=of_account.values("product"),
            kind=ProductKind.TOPUP,
            archived_at=None,
        )
        .annotate(cheapest=Subquery(cheapest.values("cost")[:1]))
        .exclude(cheapest=None)
        # A supplier that gives something away told us no cost.
        .exclude(cheapest=0)
        .exclude(cheapest=F("cost"))
    )
    return found


def _offers() -> QuerySet[SupplierProduct]:
    """What accounts in use sell now, of test accounts or of real ones as the store."""
    found: QuerySet[SupplierProduct] = SupplierProduct.objects.filter(
        account__is_active=True,
        account__is_test=purchase_routes.is_test_store(),
        is_available=True,
    )
    return found


def _move(
    product: Product, cost: int, policy: PricePolicy, book: PriceBook, *, now: datetime
) -> CostMove:
    """Write down the cost of a locked product, and what follows from it."""
    price = product.price
    if policy.on_cost_change == CostReaction.REPRICE:
        price = _price_at(product, cost, book)
    is_taken_off = (
        policy.on_cost_change == CostReaction.HIDE
        and product.is_active
        and price < book.terms.floor(cost)
    )
    before = {
        "cost": product.cost,
        "price": product.price,
        "is_active": product.is_active,
    }
    after = {
        "cost": cost,
        "price": price,
        "is_active": product.is_active and not is_taken_off,
    }
    Product.objects.filter(pk=product.pk).update(**after, updated_at=now)
    audit.record(
        actor=ACTOR,
        action="product.cost_changed",
        object=f"product:{product.pk}",
        now=now,
        before=before,
        after=after,
        data={"name": product.name, "sku": product.sku},
    )
    announce(ProductChanged(product.tenant_id, product.pk))
    live.announce(product.tenant_id, "products", product_id=product.pk)
    return CostMove(product.pk, product.cost, cost, product.price, price, is_taken_off)


def _price_at(product: Product, cost: int, book: PriceBook) -> int:
    """The price at a new cost: by its margin rule, else with the margin it had."""
    rules = rules_for(
        book.rules, product_id=product.pk, category_id=product.category_id
    )
    price = public_price(Goods(product.price, cost), rules=rules, terms=book.terms)
    if price is None and product.cost:
        known = Goods(product.price, product.cost)
        price = kept_margin(known, cost=cost, terms=book.terms)
    if price is None or not 1 <= price <= MAX_AMOUNT:
        return product.price
    return price


def _is_news(move: CostMove, policy: PricePolicy, book: PriceBook) -> bool:
    """Whether a person should hear of it: a large change, or a margin that is gone.

    A cost that nobody knew before is no change.
    """
    is_large = move.cost_before > 0 and (
        abs(move.cost - move.cost_before) * WHOLE > policy.alarm_rate * move.cost_before
    )
    is_gone = move.cost > move.cost_before and move.price < book.terms.floor(move.cost)
    return move.is_taken_off or is_large or is_gone
