"""What the seller decides about contradicting news of a gateway."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from payments import access
from payments.services.incoming import decisions
from ppob.kit import clock
from ppob.kit.pages import refusals_as_messages
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

QUEUE = "payments:queue"


@require_POST
@store_page(Permission.SETTLE_MONEY)
def book_as_told(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The gateway is right: the books follow it."""
    found = access.access_discrepancy(
        request.member, public_id, to=Permission.SETTLE_MONEY
    )
    with refusals_as_messages(request):
        decisions.book_as_told(actor=request.member, discrepancy=found, now=clock.now())
        messages.success(request, _("Booked as the provider told it."))
    return redirect(QUEUE, store)


@require_POST
@store_page(Permission.SETTLE_MONEY)
def dismiss(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """What is written down is right: the news is put aside."""
    found = access.access_discrepancy(
        request.member, public_id, to=Permission.SETTLE_MONEY
    )
    with refusals_as_messages(request):
        decisions.dismiss(
            actor=request.member,
            discrepancy=found,
            note=request.POST.get("note", ""),
            now=clock.now(),
        )
        messages.success(request, _("Put aside. Nothing was booked."))
    return redirect(QUEUE, store)
