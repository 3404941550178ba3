"""Where gateways report. They authenticate by signature, not by session."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import platform
from payments.services.incoming import callbacks
from ppob.kit import clock
from ppob.kit.bodies import read_body
from ppob.kit.drf import problem
from ppob.kit.errors import DomainError, NotFound
from ppob.kit.foreign import clean_text
from ppob.kit.scope import tenant_scope

MAX_BYTES = 65_536


@csrf_exempt
@require_POST
def receive_callback(
    request: HttpRequest, gateway: str, method_id: UUID
) -> JsonResponse:
    """Verify, store, answer; the work is done by a worker.

    `{"success": true}` means stored (again), so the gateway stops repeating it.
    """
    try:
        body = read_body(request, most=MAX_BYTES)
        tenant_id = platform.find_method_owner(method_id, gateway=gateway)
        if tenant_id is None:
            raise NotFound
        with tenant_scope(tenant_id):
            callbacks.receive(
                gateway=gateway,
                method_id=method_id,
                headers=_headers(request),
                body=body,
                now=clock.now(),
            )
    except DomainError as refusal:
        return JsonResponse(
            {"success": False, **problem(refusal)}, status=refusal.http_status
        )
    return JsonResponse({"success": True})


def _headers(request: HttpRequest) -> dict[str, str]:
    return {
        name: clean_text(value, most=500)
        for name, value in request.headers.items()
        if name.lower().startswith("x-callback")
    }
