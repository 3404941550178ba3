"""Buyers whom no message reached: somebody of the store told them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from payments import access
from payments.services.orders import unreached
from ppob.kit import clock
from ppob.kit.pages import refusals_as_messages
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission


@require_POST
@store_page(Permission.CONFIRM_PAYMENTS)
def note_told(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The buyer knows now, and how is written down."""
    found = access.access_unreached(
        request.member, public_id, to=Permission.CONFIRM_PAYMENTS
    )
    with refusals_as_messages(request):
        unreached.note_told(
            actor=request.member,
            unreached=found,
            note=request.POST.get("note", ""),
            now=clock.now(),
        )
        messages.success(request, _("Noted: the buyer knows."))
    return redirect("payments:queue", store)
