"""The list of products with its stock, and the stock of one product."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from catalog import access
from catalog import selectors as catalog
from catalog.models import Product
from catalog.states import ProductKind
from inventory import selectors
from inventory.dashboard.forms import CodesForm
from inventory.dashboard.uploads import batch_rows
from inventory.services import drafts
from inventory.states import AlertLevel, alert_level
from ppob.kit import clock
from ppob.kit.pages import (
    is_fragment,
    read_position,
    read_search,
    refusals_at,
    render_live,
)
from tenants.auth import StoreRequest, require, store_page
from tenants.permissions import Permission

ROWS = 100
MOVEMENTS = 30
UPLOADS = 5


@dataclass(frozen=True)
class ShelfRow:
    """A product with what can be bought of it now; None for top-ups."""

    product: Product
    available: int | None
    level: AlertLevel | None


@require_safe
@store_page(Permission.SEE_STORE)
def product_list(request: StoreRequest, store: str) -> HttpResponse:
    """Products with price, stock and visibility, a hundred at a time."""
    search = read_search(request, longest=80)
    position = read_position(request)
    found = catalog.list_shelf(search=search, after=position, limit=ROWS + 1)
    context = {
        "rows": _rows(found[:ROWS]),
        "older": found[ROWS - 1].pk if len(found) > ROWS else None,
        "is_first_page": position is None,
        "search": search,
        "section": "products",
    }
    return render_live(
        request, "inventory/product_list.html", "inventory/_product_list.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.SEE_STORE)
def stock(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """One product's stock: its level, uploading codes, and every change."""
    product = access.access_product(request.member, public_id, to=Permission.SEE_STORE)
    form = CodesForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(request.member, Permission.EDIT_STOCK)
        if form.is_valid():
            with refusals_at(form):
                draft = drafts.prepare(
                    actor=request.member,
                    product=product,
                    upload=form.upload(),
                    now=clock.now(),
                )
                return redirect("inventory:draft", store, draft.public_id)
    context = {
        "product": product,
        "form": form,
        "section": "products",
        **_levels(product),
        **_movements(request, product),
        **_uploads(request, product),
    }
    if is_fragment(request):
        return render(request, "inventory/_stock.html", context)
    return render(request, "inventory/stock.html", context)


def _rows(products: list[Product]) -> list[ShelfRow]:
    available = selectors.available([product.pk for product in products])
    return [_row(product, available[product.pk]) for product in products]


def _row(product: Product, available: int) -> ShelfRow:
    if product.kind != ProductKind.CODE:
        return ShelfRow(product, None, None)
    level = alert_level(available=available, minimum=product.minimum_stock)
    return ShelfRow(product, available, level)


def _levels(product: Product) -> dict[str, object]:
    available = selectors.available([product.pk])[product.pk]
    on_hand = selectors.on_hand([product.pk])[product.pk]
    return {
        "available": available,
        "held": on_hand - available,
        "level": alert_level(available=available, minimum=product.minimum_stock),
    }


def _uploads(request: StoreRequest, product: Product) -> dict[str, object]:
    """The newest uploads, and this person's own that wait to be kept."""
    if not request.member.may(Permission.EDIT_STOCK):
        return {}
    found = selectors.list_batches(
        product,
        before=read_position(request, "unggah"),
        limit=UPLOADS + 1,
    )
    return {
        "uploads": batch_rows(found[:UPLOADS]),
        "older_uploads": found[UPLOADS - 1].pk if len(found) > UPLOADS else None,
        "drafts": selectors.list_drafts(
            product, actor=request.member.name, now=clock.now()
        ),
    }


def _movements(request: StoreRequest, product: Product) -> dict[str, object]:
    found = selectors.list_movements(
        product,
        before=read_position(request),
        limit=MOVEMENTS + 1,
    )
    return {
        "movements": found[:MOVEMENTS],
        "older": found[MOVEMENTS - 1].pk if len(found) > MOVEMENTS else None,
    }
