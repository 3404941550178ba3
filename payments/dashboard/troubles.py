"""Ways to pay and suppliers that sent what nobody can use: somebody has looked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from inventory import access as inventory_access
from inventory.services import supplier_troubles
from payments import access
from payments.services.incoming import troubles
from ppob.kit import clock
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission


@require_POST
@store_page(Permission.EDIT_PAYMENTS)
def note_method_seen(
    request: StoreRequest, store: str, public_id: UUID
) -> HttpResponse:
    """The odd messages of a way to pay were looked at; the next one is told again."""
    method = access.access_method(
        request.member, public_id, to=Permission.EDIT_PAYMENTS
    )
    troubles.note_seen(actor=request.member, method=method, now=clock.now())
    messages.success(request, _("Noted. You are told when it happens again."))
    return redirect("payments:queue", store)


@require_POST
@store_page(Permission.EDIT_PAYMENTS)
def note_supplier_seen(
    request: StoreRequest, store: str, public_id: UUID
) -> HttpResponse:
    """The odd messages of a supplier were looked at; the next one is told again."""
    account = inventory_access.access_supplier_account(
        request.member, public_id, to=Permission.EDIT_PAYMENTS
    )
    supplier_troubles.note_seen(actor=request.member, account=account, now=clock.now())
    messages.success(request, _("Noted. You are told when it happens again."))
    return redirect("payments:queue", store)
