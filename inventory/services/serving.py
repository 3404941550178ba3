"""Whether a top-up can be delivered right now, and if not, why and until when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from catalog import destinations
from catalog.models import Product
from catalog.pricing import MOST_PIECES, Goods
from catalog.states import ProductKind
from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import deposits, purchase_routes
from inventory.services.jakarta import next_time
from inventory.states import Obstacle

# The nearest to working first: a product that opens at five is no product without
# supplier.
_NEAREST = list(Obstacle)


@dataclass(frozen=True)
class Serving:
    """Whether a supplier would deliver a product now.

    Where none would, `obstacle` says why, and `until` when that ends, if anybody knows.
    Else `cost` is what the cheapest that would takes for it (rupiah).
    """

    obstacle: Obstacle | None = None
    until: datetime | None = None
    cost: int | None = field(default=None, compare=False)

    @property
    def is_possible(self) -> bool:
        """Whether it can be sold now."""
        return self.obstacle is None


def goods_of(product: Product, serving: Serving | None = None) -> Goods:
    """A product as prices see it; a top-up costs what a supplier takes right now."""
    is_top_up = product.kind == ProductKind.TOPUP
    known = serving.cost if serving is not None else None
    return Goods(
        price=product.price,
        cost=product.cost if known is None else known,
        most=1 if is_top_up else MOST_PIECES,
    )


def serving_of(
    products: Iterable[Product],
    *,
    now: datetime,
    ceilings: Mapping[int, int] | None = None,
) -> dict[int, Serving]:
    """What can be said of each of these top-ups, by our row's id. Two queries.

    Each may cost its price at a supplier, or what `ceilings` says of it.
    """
    prices = {product.pk: product.price for product in products} | dict(ceilings or {})
    if not prices:
        return {}
    options: dict[int, list[SupplierProduct]] = {pk: [] for pk in prices}
    mapped = SupplierProduct.objects.filter(
        product__in=prices,
        account__is_active=True,
        account__is_test=purchase_routes.is_test_store(),
    )
    for option in mapped.select_related("account").defer(*_SECRETS):
        options[option.product_id].append(option)
    return {pk: _judge(options[pk], price, now=now) for pk, price in prices.items()}


@dataclass(frozen=True)
class Route:
    """One way to deliver a product, and whether it could be taken now.

    `percent` of the orders would go this way now.
    """

    option: SupplierProduct
    serving: Serving
    percent: int

    @property
    def is_next(self) -> bool:
        """Whether orders would be sent this way."""
        return self.percent > 0


def routes_of(product: Product, *, now: datetime) -> list[Route]:
    """Every supplier of a product in the order in which they are tried, and what for.

    A dry run: nothing is set aside and nobody is asked.
    """
    is_test = purchase_routes.is_test_store()
    mapped = SupplierProduct.objects.filter(product=product).select_related("account")
    judged = [
        (option, _judge_route(option, product.price, is_test=is_test, now=now))
        for option in sorted(mapped.defer(*_SECRETS), key=_place)
    ]
    first = _first_of([option for option, found in judged if found.is_possible])
    return [Route(option, found, first.get(option.pk, 0)) for option, found in judged]


def _place(option: SupplierProduct) -> tuple[int, int, int, int]:
    priority = purchase_routes.priority_of(option)
    return priority, -option.share, option.cost, option.pk


def _first_of(able: Sequence[SupplierProduct]) -> dict[int, int]:
    """How many of a hundred orders go to which of these, in their order, first."""
    if not able:
        return {}
    best = purchase_routes.priority_of(able[0])
    equals = [each for each in able if purchase_routes.priority_of(each) == best]
    whole = sum(each.share for each in equals)
    if not whole:
        return {able[0].pk: 100}
    return {each.pk: round(100 * each.share / whole) for each in equals}


def _judge_route(
    option: SupplierProduct, price: int, *, is_test: bool, now: datetime
) -> Serving:
    account = option.account
    if not account.is_active or account.is_test is not is_test:
        return Serving(Obstacle.NO_SUPPLIER)
    return _obstacle(option, price, now=now)


def reserve_best(
    product: Product,
    *,
    destination: str,
    ceiling: int,
    holder: UUID,
    now: datetime,
) -> Serving:
    """Set the cost of the first supplier aside that would deliver it for an order line.

    Part of the caller's transaction, and its last lock. What is not possible says why;
    then nothing is set aside. Raises BadDestination where no supplier could be told
    this account.
    """
    options = purchase_routes.in_order(
        purchase_routes.options_for(product.pk, ceiling=ceiling), holder=holder
    )
    fitting = [each for each in options if purchase_routes.fits(each, destination)]
    if options and not fitting:
        raise destinations.BadDestination
    for option in fitting:
        is_open = not purchase_routes.is_closed(option, now=now)
        is_up = option.account.is_answering
        if is_open and is_up and deposits.reserve(option, holder=holder, now=now):
            return Serving()
    ceilings = {product.pk: ceiling}
    found = serving_of([product], now=now, ceilings=ceilings)[product.pk]
    # It was possible a moment ago: what was left of the deposit is somebody else's.
    return found if not found.is_possible else Serving(Obstacle.NO_DEPOSIT)


_SECRETS = ("account__credentials", "account__api_key", "account__webhook_secret")


def _judge(options: Sequence[SupplierProduct], price: int, *, now: datetime) -> Serving:
    found = [_obstacle(option, price, now=now) for option in options]
    costs = [
        option.cost
        for option, each in zip(options, found, strict=True)
        if each.is_possible
    ]
    if costs:
        return Serving(cost=min(costs))
    ranked = sorted(
        found or [Serving(Obstacle.NO_SUPPLIER)],
        key=lambda each: (_NEAREST.index(each.obstacle), each.until or now),  # type: ignore[arg-type]
    )
    return ranked[0]


def _obstacle(option: SupplierProduct, price: int, *, now: datetime) -> Serving:
    is_askable = purchase_routes.bill_input(option, option.account.kind) is None
    if not option.is_available or not is_askable:
        return Serving(Obstacle.UNAVAILABLE)
    if option.cost > min(price, option.most_cost or price):
        return Serving(Obstacle.TOO_DEAR)
    if purchase_routes.is_closed(option, now=now):
        return Serving(Obstacle.CLOSED, _opens_at(option, now=now))
    if not option.account.is_answering:
        return Serving(Obstacle.DOWN)
    if not _is_covered(option.account, option.cost):
        return Serving(Obstacle.NO_DEPOSIT)
    return Serving()


def _is_covered(account: SupplierAccount, cost: int) -> bool:
    return account.uncommitted is None or account.uncommitted >= cost


def _opens_at(option: SupplierProduct, *, now: datetime) -> datetime | None:
    if option.closed_until is None:
        return None
    return next_time(option.closed_until, after=now)
