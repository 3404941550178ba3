"""Where providers report over HTTP. Their signature proves them, not a session."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from ppob.kit import clock
from ppob.kit.bodies import read_body
from ppob.kit.drf import problem
from ppob.kit.errors import DomainError, NotFound
from ppob.kit.foreign import clean_text
from ppob.kit.providers import ProviderSpec
from ppob.kit.scope import tenant_scope
from security.services import inbox_runner
from security.services.inbox_runner import Handler

MAX_BYTES = 65_536


def take_in(
    request: HttpRequest,
    handler: Handler[Any],
    *,
    find_spec: Callable[[], ProviderSpec],
    find_owner: Callable[[], int | None],
    target_id: UUID,
) -> HttpResponse:
    """Prove, store, answer; the work is done by a worker.

    The answer is what the provider reads as "stored", so that it stops repeating it.
    `find_spec` raises LookupError for a provider that there is not, `find_owner` gives
    None for a target that there is not. The body is read before anything is asked.
    """
    try:
        body = read_body(request, most=MAX_BYTES)
        spec, tenant_id = _whose(find_spec, find_owner)
        with tenant_scope(tenant_id):
            inbox_runner.receive(
                handler,
                provider=spec.code,
                target_id=target_id,
                headers=_kept_headers(request, spec),
                body=body,
                now=clock.now(),
            )
    except DomainError as refusal:
        return JsonResponse(
            {"success": False, **problem(refusal)}, status=refusal.http_status
        )
    said = spec.callbacks.acknowledgement
    return HttpResponse(said.body, content_type=said.content_type, status=said.status)


def _whose(
    find_spec: Callable[[], ProviderSpec], find_owner: Callable[[], int | None]
) -> tuple[ProviderSpec, int]:
    try:
        spec = find_spec()
    except LookupError:
        raise NotFound from None
    tenant_id = find_owner()
    if tenant_id is None:
        raise NotFound
    return spec, tenant_id


def _kept_headers(request: HttpRequest, spec: ProviderSpec) -> dict[str, str]:
    return {
        name: clean_text(value, most=500)
        for name, value in request.headers.items()
        if name.lower() in spec.callbacks.headers
    }
