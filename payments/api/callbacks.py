"""Where gateways report. They authenticate by signature, not by session."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import cross_tenant
from payments.gateways import registry
from payments.services.incoming import callbacks
from security import callback_door


@csrf_exempt
@require_POST
def receive_callback(
    request: HttpRequest, gateway: str, method_id: UUID
) -> HttpResponse:
    """Prove, store, answer; the work is done by a worker."""
    return callback_door.take_in(
        request,
        callbacks.HANDLER,
        find_spec=lambda: registry.spec_of(gateway),
        find_owner=lambda: cross_tenant.find_method_owner(method_id, gateway=gateway),
        target_id=method_id,
    )
