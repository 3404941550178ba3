"""The store's settings and the people who work there."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ppob.kit import clock
from ppob.kit.pages import refusals_at
from tenants import selectors
from tenants.auth import StoreRequest, store_page
from tenants.dashboard.forms import StoreForm
from tenants.permissions import PERMISSIONS_OF, Permission
from tenants.services import settings as store_settings
from tenants.states import Role


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_STORE)
def store_settings_page(request: StoreRequest, store: str) -> HttpResponse:
    """Name, time zone and language."""
    form = StoreForm(request.POST or None, store=request.tenant)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            store_settings.change_store(
                member=request.member,
                draft=form.draft(),
                seen=form.seen,
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("The settings were saved."))
            return redirect("tenants:settings", store)
    context = {"form": form, "section": "settings", "tab": "store"}
    return render(request, "tenants/settings.html", context)


@require_safe
@store_page(Permission.SEE_STORE)
def members(request: StoreRequest, store: str) -> HttpResponse:
    """Who works in the store and what their roles allow."""
    roles = [
        (role, [right.label for right in Permission if right in PERMISSIONS_OF[role]])
        for role in Role
    ]
    context = {
        "members": selectors.list_members(),
        "roles": roles,
        "section": "members",
    }
    return render(request, "tenants/members.html", context)
