"""Goods of suppliers that tell no prices: entered and changed by hand."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from inventory import access
from inventory.dashboard.supplier_forms import AddGoodsForm, ChangeGoodsForm
from inventory.models import SupplierAccount
from inventory.services import entered_goods
from ppob.kit import clock
from ppob.kit.pages import refusals_at
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

PAGE, TEMPLATE = "inventory:supplier", "inventory/entered_goods.html"


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def add_goods(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Enter what a supplier sells, by its code there."""
    account = access.access_supplier_account(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    _require_entered(account)
    form = AddGoodsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            entered_goods.add_goods(
                actor=request.member,
                account=account,
                sku=form.cleaned_data["sku"],
                draft=form.draft(),
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("Entered. Tick it to sell it."))
            return redirect(PAGE, store, account.public_id)
    context = {"form": form, "account": account, "section": "suppliers"}
    return render(request, TEMPLATE, context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def change_goods(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Change what was entered: its cost, its name, whether it can be had."""
    option = access.access_supplier_product(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    _require_entered(option.account)
    form = ChangeGoodsForm(request.POST or None, option=option)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            entered_goods.change_goods(
                actor=request.member,
                option=option,
                draft=form.draft(),
                now=clock.now(),
                seen=form.seen,
            )
        if not form.errors:
            messages.success(request, _("The settings were saved."))
            return redirect(PAGE, store, option.account.public_id)
    context = {
        "form": form,
        "account": option.account,
        "option": option,
        "section": "suppliers",
    }
    return render(request, TEMPLATE, context)


def _require_entered(account: SupplierAccount) -> None:
    if account.tells_prices:
        raise Http404  # there is nothing to enter
