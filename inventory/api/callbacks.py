"""Where suppliers report. They authenticate by signature, not by session."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from inventory import cross_tenant
from inventory.services import supplier_callbacks
from inventory.suppliers import registry
from security import callback_door


@csrf_exempt
@require_POST
def receive_callback(request: HttpRequest, kind: str, account_id: UUID) -> HttpResponse:
    """Prove, store, answer; the work is done by a worker."""
    return callback_door.take_in(
        request,
        supplier_callbacks.HANDLER,
        find_spec=lambda: registry.spec_of(kind),
        find_owner=lambda: cross_tenant.find_account_owner(account_id, kind=kind),
        target_id=account_id,
    )
