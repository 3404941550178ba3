"""Who would deliver a top-up, and which goods of a supplier are which product."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from catalog import access as catalog_access
from catalog import selectors as catalog
from catalog.models import Product
from inventory import access, selectors
from inventory.figures import RouteFigures, figures_of_routes
from inventory.models import SupplierAccount, SupplierProduct
from inventory.selectors import GoodsFilter
from inventory.services import matching, supplier_products
from inventory.services.purchase_routes import priority_of
from inventory.services.serving import Route, routes_of
from ppob.kit import clock
from ppob.kit.numbers import read_number
from ppob.kit.pages import refusals_as_messages
from ppob.kit.versions import version_of
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

LINES = 200  # proposed at once
LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True)
class RouteRow:
    """One supplier of a product, and what a sale through it leaves (rupiah)."""

    route: Route
    profit: int
    figures: RouteFigures | None

    @property
    def option(self) -> SupplierProduct:
        """The line of the supplier's price list."""
        return self.route.option

    @property
    def percent(self) -> int:
        """Of a hundred orders, how many would go this way now."""
        return self.route.percent

    @property
    def priority(self) -> int:
        """Where it stands; the lowest is tried first."""
        return priority_of(self.route.option)

    @property
    def serving(self) -> object:
        """Whether it could be used now."""
        return self.route.serving

    @property
    def is_next(self) -> bool:
        """Whether it would be."""
        return self.route.is_next


@dataclass(frozen=True)
class Match:
    """A line of a price list, and the product that it seems to be."""

    option: SupplierProduct
    product: Product


@require_safe
@store_page(Permission.SEE_COSTS)
def product_routes(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Every supplier of one product: cost, profit, and what would happen now."""
    product = catalog_access.access_product(
        request.member, public_id, to=Permission.SEE_COSTS
    )
    now = clock.now()
    figures = figures_of_routes(product, since=now - LOOK_BACK)
    context = {
        "product": product,
        "routes": [
            RouteRow(
                route,
                product.price - route.option.cost,
                figures.get((route.option.account_id, route.option.sku)),
            )
            for route in routes_of(product, now=now)
        ],
        "section": "products",
    }
    return render(request, "inventory/routes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def match_goods(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Goods that seem to be products of the store; the seller says which are."""
    account = access.access_supplier_account(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    if request.method == "POST":
        _match(request, account)
        return redirect("inventory:supplier", store, account.public_id)
    brand = request.GET.get("merek", "").strip()[:60]
    context = {
        "account": account,
        "rows": _matches(account, brand),
        "brand": brand,
        "brands": selectors.brands_of(account),
        "section": "suppliers",
    }
    return render(request, "inventory/match_goods.html", context)


def _matches(account: SupplierAccount, brand: str) -> list[Match]:
    wanted = GoodsFilter(brand=brand, is_mapped=False)
    goods = selectors.list_goods(account, wanted, limit=5_000)
    taken = selectors.mapped_products(account)
    products = [each for each in catalog.find_topups() if each.pk not in taken]
    proposed = matching.propose(goods, products)
    return [
        Match(option, proposed[option.pk]) for option in goods if option.pk in proposed
    ][:LINES]


def _match(request: StoreRequest, account: SupplierAccount) -> None:
    """Map what was ticked, as it was proposed and shown."""
    count = 0
    with refusals_as_messages(request):
        for ticked in request.POST.getlist("goods"):
            first, _colon, second = ticked.partition(":")
            option = selectors.find_goods(account, read_number(first) or 0)
            product = selectors.find_top_up(read_number(second) or 0)
            if option is None or product is None or option.product_id is not None:
                continue
            supplier_products.map_product(
                actor=request.member,
                option=option,
                product=product,
                now=clock.now(),
                # Somebody may map it before this one holds its lock.
                seen=version_of(supplier_products.facts_of(option)),
            )
            count += 1
    sentence = ngettext(
        "%(count)d product has this supplier now.",
        "%(count)d products have this supplier now.",
        count,
    )
    messages.success(request, sentence % {"count": count})
