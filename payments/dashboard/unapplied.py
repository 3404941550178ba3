"""What the seller decides about money that fits no order."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from payments import access
from payments.services.incoming import unapplied
from ppob.kit import clock
from ppob.kit.pages import refusals_as_messages
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

QUEUE = "payments:queue"


@require_POST
@store_page(Permission.SETTLE_MONEY)
def apply_to_order(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Use the money for the order it was meant for."""
    money = access.access_unapplied(
        request.member, public_id, to=Permission.SETTLE_MONEY
    )
    with refusals_as_messages(request):
        unapplied.apply_to_order(actor=request.member, money=money, now=clock.now())
        messages.success(
            request,
            _("The money now pays %(order)s.") % {"order": money.payment.order},
        )
    return redirect(QUEUE, store)


@require_POST
@store_page(Permission.SETTLE_MONEY)
def credit_buyer(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Add the money to its buyer's balance."""
    money = access.access_unapplied(
        request.member, public_id, to=Permission.SETTLE_MONEY
    )
    with refusals_as_messages(request):
        unapplied.credit_buyer(actor=request.member, money=money, now=clock.now())
        messages.success(request, _("The money is on the buyer's balance now."))
    return redirect(QUEUE, store)


@require_POST
@store_page(Permission.SETTLE_MONEY)
def note_returned(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The seller paid it back by hand."""
    money = access.access_unapplied(
        request.member, public_id, to=Permission.SETTLE_MONEY
    )
    with refusals_as_messages(request):
        unapplied.note_returned(
            actor=request.member,
            money=money,
            note=request.POST.get("note", ""),
            now=clock.now(),
        )
        messages.success(request, _("Written down as paid back."))
    return redirect(QUEUE, store)
