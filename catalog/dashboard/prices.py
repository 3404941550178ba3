"""Price rules, rounding and margins, and prices set by margins."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from catalog import access, selectors
from catalog.dashboard.price_forms import (
    PriceRuleChangeForm,
    PriceRuleForm,
    PriceTermsForm,
)
from catalog.models import Product
from catalog.services import prices
from ppob.kit import clock
from ppob.kit.errors import NotFound
from ppob.kit.pages import refusals_as_messages, refusals_at
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

RULES = "catalog:price-rules"
MOST_SHOWN = 200


@require_safe
@store_page(Permission.EDIT_CATALOG)
def rule_list(request: StoreRequest, store: str) -> HttpResponse:
    """Every rule of the store, and how it reckons."""
    context = {
        "rules": selectors.list_price_rules(),
        "policy": selectors.find_price_policy(),
        "section": "products",
    }
    return render(request, "catalog/price_rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def add_rule(request: StoreRequest, store: str) -> HttpResponse:
    """A new rule; `produk` in the address offers it for one product."""
    product = _product_asked_for(request)
    initial = {"scope": prices.scope_of(None, product.pk)} if product else {}
    form = PriceRuleForm(request.POST or None, product=product, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            prices.add_rule(actor=request.member, draft=form.draft(), now=clock.now())
        if not form.errors:
            messages.success(request, _("The rule counts from the next order on."))
            return redirect(RULES, store)
    context = {"form": form, "section": "products"}
    return render(request, "catalog/price_rule.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def change_rule(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Change a rule; orders keep what they cost."""
    rule = access.access_price_rule(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    form = PriceRuleChangeForm(request.POST or None, rule=rule)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            prices.change_rule(
                actor=request.member,
                rule=rule,
                draft=form.draft(),
                seen=form.seen,
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("The rule counts from the next order on."))
            return redirect(RULES, store)
    context = {"form": form, "rule": rule, "section": "products"}
    return render(request, "catalog/price_rule.html", context)


@require_POST
@store_page(Permission.EDIT_CATALOG)
def remove_rule(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The rule counts no longer."""
    rule = access.access_price_rule(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    prices.remove_rule(actor=request.member, rule=rule, now=clock.now())
    messages.success(request, _("The rule was removed; orders keep their prices."))
    return redirect(RULES, store)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def change_terms(request: StoreRequest, store: str) -> HttpResponse:
    """How the store reckons its prices."""
    form = PriceTermsForm(
        request.POST or None,
        policy=selectors.find_price_policy(),
        store=request.tenant,
    )
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            prices.change_terms(
                actor=request.member,
                draft=form.draft(),
                seen=form.seen,
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("The settings were saved."))
            return redirect(RULES, store)
    context = {"form": form, "section": "products"}
    return render(request, "catalog/price_terms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def apply_margins(request: StoreRequest, store: str) -> HttpResponse:
    """The prices that margins make: shown first, then set."""
    if request.method == "POST":
        _apply(request)
        return redirect(RULES, store)
    found = prices.new_prices()
    context = {
        "prices": found[:MOST_SHOWN],
        "count": len(found),
        "left": max(0, len(found) - MOST_SHOWN),
        "version": prices.version_of_prices(found),
        "section": "products",
    }
    return render(request, "catalog/apply_margins.html", context)


def _apply(request: StoreRequest) -> None:
    with refusals_as_messages(request):
        changed = prices.apply_margins(
            actor=request.member, seen=request.POST.get("seen", ""), now=clock.now()
        )
        sentence = ngettext(
            "%(count)d price was set. The panels follow within seconds.",
            "%(count)d prices were set. The panels follow within seconds.",
            changed,
        )
        messages.success(request, sentence % {"count": changed})


def _product_asked_for(request: StoreRequest) -> Product | None:
    asked = request.GET.get("produk", "")
    if not asked:
        return None
    try:
        public_id = UUID(asked)
    except ValueError:
        raise NotFound from None
    return access.access_product(request.member, public_id, to=Permission.EDIT_CATALOG)
