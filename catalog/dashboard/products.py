"""Adding, changing, showing and deleting products."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from catalog import access
from catalog.dashboard.forms import ProductChangeForm, ProductForm
from catalog.services import products
from ppob.kit import clock
from ppob.kit.numbers import read_number
from ppob.kit.pages import refusals_at
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

PRODUCT_LIST = "inventory:product-list"


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def add_product(request: StoreRequest, store: str) -> HttpResponse:
    """A new product; its stock is the next page."""
    form = ProductForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            product = products.add_product(
                actor=request.member, draft=form.draft(), now=clock.now()
            )
        if not form.errors:
            messages.success(
                request,
                _("“%(name)s” is on the shelf. Now add its stock.")
                % {"name": product.name},
            )
            return redirect("inventory:stock", store, product.public_id)
    context = {"form": form, "section": "products"}
    return render(request, "catalog/product.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def change_product(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Change a product; panels follow within seconds."""
    product = access.access_product(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    form = ProductChangeForm(
        request.POST or None, request.FILES or None, product=product
    )
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            products.change_product(
                actor=request.member,
                product=product,
                draft=form.draft(),
                seen=form.seen,
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("Saved. The panels follow within seconds."))
            return redirect(PRODUCT_LIST, store)
    context = {"form": form, "product": product, "section": "products"}
    return render(request, "catalog/product.html", context)


@require_POST
@store_page(Permission.EDIT_CATALOG)
def show_products(request: StoreRequest, store: str) -> HttpResponse:
    """Put the ticked products onto the panels, or take them off."""
    ticked = map(read_number, request.POST.getlist("products"))
    chosen = [product_id for product_id in ticked if product_id is not None]
    is_visible = request.POST.get("do") == "show"
    changed = products.show_products(
        actor=request.member,
        product_ids=chosen,
        is_visible=is_visible,
        now=clock.now(),
    )
    if not chosen:
        messages.warning(request, _("Tick some products first."))
    elif is_visible:
        sentence = ngettext(
            "%(count)d product is shown on the panels now.",
            "%(count)d products are shown on the panels now.",
            changed,
        )
        messages.success(request, sentence % {"count": changed})
    else:
        sentence = ngettext(
            "%(count)d product is hidden from the panels now.",
            "%(count)d products are hidden from the panels now.",
            changed,
        )
        messages.success(request, sentence % {"count": changed})
    return redirect(PRODUCT_LIST, store)


@require_POST
@store_page(Permission.EDIT_CATALOG)
def archive_product(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Delete a product; orders keep it."""
    product = access.access_product(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    products.archive_product(actor=request.member, product=product, now=clock.now())
    messages.success(request, _("“%(name)s” was deleted.") % {"name": product.name})
    return redirect(PRODUCT_LIST, store)
