"""Where gateways report. They authenticate by signature, not by session."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import platform
from payments.services import callbacks
from ppob.kit import clock
from ppob.kit.drf import problem
from ppob.kit.errors import DomainError, NotFound
from ppob.kit.foreign import clean_text
from ppob.kit.numbers import read_number
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
    tenant_id = platform.find_method_owner(method_id, gateway=gateway)
    try:
        if tenant_id is None:
            raise NotFound
        with tenant_scope(tenant_id):
            callbacks.receive(
                gateway=gateway,
                method_id=method_id,
                headers=_headers(request),
                body=_body(request),
                now=clock.now(),
            )
    except DomainError as refusal:
        return JsonResponse(
            {"success": False, **problem(refusal)}, status=refusal.http_status
        )
    return JsonResponse({"success": True})


class TooLong(DomainError):
    """No gateway sends callbacks of this size."""

    code = "TOO_LONG"
    http_status = 413
    default = "The body is too long."


def _body(request: HttpRequest) -> bytes:
    declared = request.headers.get("Content-Length") or "0"
    if read_number(declared, most=MAX_BYTES) is None:
        raise TooLong
    body: bytes = request.body
    if len(body) > MAX_BYTES:
        raise TooLong
    return body


def _headers(request: HttpRequest) -> dict[str, str]:
    return {
        name: clean_text(value, most=500)
        for name, value in request.headers.items()
        if name.lower().startswith("x-callback")
    }
