"""How the API words a refusal."""

from typing import Any

from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from ppob.kit.errors import DomainError, InvalidInput
from ppob.kit.postgres.refusals import refusal_in


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """A problem body (RFC 9457 field names plus `code`) for every expected refusal."""
    refusal: DomainError | None = (
        error
        if isinstance(error, DomainError)
        else refusal_in(context["request"], error)
    )
    if refusal is not None:
        return Response(
            problem(refusal), status=refusal.http_status, headers=refusal.headers
        )
    response = drf_handler(error, context)
    if response is not None:
        response.data = _reworded(response)
    return response


def _reworded(response: Response) -> dict[str, object]:
    """The framework's own refusal (bad field, no session, too fast) as a problem."""
    body: dict[str, object] = {
        "title": str(InvalidInput.default),
        "status": response.status_code,
        "code": InvalidInput.code,
    }
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    if isinstance(detail, ErrorDetail):
        return body | {"title": str(detail), "code": (detail.code or "").upper()}
    return body | {"errors": response.data}


def problem(error: DomainError) -> dict[str, object]:
    """The body of one refusal."""
    body: dict[str, object] = {
        "title": error.sentence,
        "status": error.http_status,
        "code": error.code,
    }
    if isinstance(error, InvalidInput) and error.field:
        body["field"] = error.field
    return body
