"""How the API reads what programs send, and words a refusal."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

from ppob.kit import foreign
from ppob.kit.errors import DomainError, InvalidInput
from ppob.kit.postgres.refusals import refusal_in

MOST_BYTES = 262_144  # a hundred ids and some words are a few thousand


class TooLong(DomainError):
    """Longer than anything the API takes."""

    code = "TOO_LONG"
    http_status = 413
    default = _("The body is too long.")


class PlainJSONParser(JSONParser):
    """JSON of bounded length whose texts and numbers our columns can hold."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """What was sent; raises InvalidInput or TooLong."""
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLong
        try:
            return foreign.read_plain(body)
        except foreign.Malformed as error:
            raise InvalidInput(
                _("The body is not JSON that can be read. Nothing was changed.")
            ) from error


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
