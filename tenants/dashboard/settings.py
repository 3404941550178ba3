"""The store's settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ppob.kit import clock
from ppob.kit.pages import refusals_at
from tenants.auth import StoreRequest, store_page
from tenants.dashboard.forms import StoreForm
from tenants.permissions import Permission
from tenants.services import settings as store_settings


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_STORE)
def store_settings_page(request: StoreRequest, store: str) -> HttpResponse:
    """Name, time zone and language."""
    form = StoreForm(request.POST or None, store=request.tenant)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            store_settings.change_store(
                actor=request.member,
                draft=form.draft(),
                seen=form.seen,
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("The settings were saved."))
            return redirect("tenants:settings", store)
    context = {"form": form, "section": "settings", "tab": "store"}
    return render(request, "tenants/settings.html", context)
