"""The ways to pay that a store offers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from payments import access, selectors
from payments.dashboard.forms import (
    AccountChangeForm,
    AccountForm,
    GatewayChangeForm,
    GatewayForm,
)
from payments.gateways import registry
from payments.models import PaymentMethod
from payments.services.incoming import methods
from payments.services.incoming.gateway_client import is_automatic, modes_here
from ppob.kit import clock
from ppob.kit.pages import refusals_as_messages, refusals_at, render_live
from ppob.kit.provider_forms import find_offered
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

LIST = "payments:methods"


@require_safe
@store_page(Permission.SEE_STORE)
def method_list(request: StoreRequest, store: str) -> HttpResponse:
    """All ways to pay, those switched off included."""
    context = {
        "methods": selectors.list_methods(),
        "gateways": [spec for spec in registry.specs() if modes_here(spec)],
        "takes_test_money": selectors.takes_test_money(),
        "section": "methods",
    }
    return render_live(
        request, "payments/methods.html", "payments/_methods.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_PAYMENTS, fresh=True)
def add_account(request: StoreRequest, store: str) -> HttpResponse:
    """Transfer to the seller's own account."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            methods.add_account(
                actor=request.member, draft=form.draft(), now=clock.now()
            )
        if not form.errors:
            messages.success(request, _("Buyers can pay this way now."))
            return redirect(LIST, store)
    context = {"form": form, "section": "methods"}
    return render(request, "payments/add_account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_PAYMENTS, fresh=True)
def add_gateway(request: StoreRequest, store: str, code: str) -> HttpResponse:
    """A gateway's ways to pay, through the seller's own merchant account there."""
    spec, modes = find_offered(registry.specs(), code, modes_here)
    form = GatewayForm(request.POST or None, spec=spec, modes=modes)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            method = methods.add_gateway(
                actor=request.member, draft=form.draft(), now=clock.now()
            )
        if not form.errors:
            messages.success(request, _told(method))
            return redirect(LIST, store)
    context = {"form": form, "spec": spec, "section": "methods"}
    return render(request, "payments/add_gateway.html", context)


def _told(method: PaymentMethod) -> str:
    if method.is_active:
        return _("Buyers can pay this way now.")
    return _("Saved, and switched off: with test keys nobody pays real money.")


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_PAYMENTS, fresh=True)
def change_method(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Correct an account, or enter new keys; the old keys are not shown."""
    method = access.access_method(
        request.member, public_id, to=Permission.EDIT_PAYMENTS
    )
    has_keys = is_automatic(method)
    form_class = GatewayChangeForm if has_keys else AccountChangeForm
    form = form_class(request.POST or None, method=method)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            methods.change_method(
                actor=request.member,
                method=method,
                draft=form.draft(),
                seen=form.seen,
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("The settings were saved."))
            return redirect(LIST, store)
    context = {
        "form": form,
        "method": method,
        "has_keys": has_keys,
        "section": "methods",
    }
    return render(request, "payments/change_method.html", context)


@require_POST
@store_page(Permission.EDIT_PAYMENTS, fresh=True)
def switch_method(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Offer a way to pay, or no longer."""
    method = access.access_method(
        request.member, public_id, to=Permission.EDIT_PAYMENTS
    )
    with refusals_as_messages(request):
        methods.switch_method(
            actor=request.member,
            method=method,
            is_active=request.POST.get("do") == "on",
            now=clock.now(),
        )
    return redirect(LIST, store)
