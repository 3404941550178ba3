"""Whether a top-up can be delivered right now, and if not, why and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from catalog import destinations
from catalog.models import Product
from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import deposits, purchase_routes
from inventory.services.purchase_routes import JAKARTA
from inventory.states import Obstacle

# The nearest to working first: a product that opens at five is no product without
# supplier.
_NEAREST = list(Obstacle)


@dataclass(frozen=True)
class Serving:
    """Whether a supplier would deliver a product now.

    Where none would, `obstacle` says why, and `until` when that ends, if anybody knows.
    """

    obstacle: Obstacle | None = None
    until: datetime | None = None

    @property
    def is_possible(self) -> bool:
        """Whether it can be sold now."""
        return self.obstacle is None


def serving_of(products: Iterable[Product], *, now: datetime) -> dict[int, Serving]:
    """What can be said of each of these top-ups, by our row's id. Two queries."""
    prices = {product.pk: product.price for product in products}
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
    """One way to deliver a product, and whether it could be taken now."""

    option: SupplierProduct
    serving: Serving
    is_next: bool


def routes_of(product: Product, *, now: datetime) -> list[Route]:
    """Every supplier of a product as it would be tried now, and which one would be.

    A dry run: nothing is set aside and nobody is asked.
    """
    is_test = purchase_routes.is_test_store()
    mapped = SupplierProduct.objects.filter(product=product).select_related("account")
    judged = [
        (option, _judge_route(option, product.price, is_test=is_test, now=now))
        for option in mapped.defer(*_SECRETS).order_by(
            "account__position", "cost", "pk"
        )
    ]
    able = [option.pk for option, found in judged if found.is_possible]
    return [Route(option, found, option.pk in able[:1]) for option, found in judged]


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
    options = list(purchase_routes.options_for(product.pk, ceiling=ceiling))
    fitting = [each for each in options if purchase_routes.fits(each, destination)]
    if options and not fitting:
        raise destinations.BadDestination
    for option in fitting:
        is_open = not purchase_routes.is_closed(option, now=now)
        if is_open and deposits.reserve(option, holder=holder, now=now):
            return Serving()
    found = serving_of([product], now=now)[product.pk]
    # It was possible a moment ago: what was left of the deposit is somebody else's.
    return found if not found.is_possible else Serving(Obstacle.NO_DEPOSIT)


_SECRETS = ("account__credentials", "account__api_key", "account__webhook_secret")


def _judge(options: Sequence[SupplierProduct], price: int, *, now: datetime) -> Serving:
    found = [_obstacle(option, price, now=now) for option in options]
    if any(each.is_possible for each in found):
        return Serving()
    ranked = sorted(
        found or [Serving(Obstacle.NO_SUPPLIER)],
        key=lambda each: (_NEAREST.index(each.obstacle), each.until or now),  # type: ignore[arg-type]
    )
    return ranked[0]


def _obstacle(option: SupplierProduct, price: int, *, now: datetime) -> Serving:
    if not option.is_available:
        return Serving(Obstacle.UNAVAILABLE)
    if option.cost > price:
        return Serving(Obstacle.TOO_DEAR)
    if purchase_routes.is_closed(option, now=now):
        return Serving(Obstacle.CLOSED, _opens_at(option, now=now))
    if not _is_covered(option.account, option.cost):
        return Serving(Obstacle.NO_DEPOSIT)
    return Serving()


def _is_covered(account: SupplierAccount, cost: int) -> bool:
    return account.uncommitted is None or account.uncommitted >= cost


def _opens_at(option: SupplierProduct, *, now: datetime) -> datetime | None:
    if option.closed_until is None:
        return None
    here = now.astimezone(JAKARTA)
    opens = here.replace(
        hour=option.closed_until.hour,
        minute=option.closed_until.minute,
        second=0,
        microsecond=0,
    )
    return opens if opens > here else opens + timedelta(days=1)
