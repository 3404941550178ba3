"""How the API reads what programs send.

A module of its own: the framework loads it before there is a view.
"""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import JSONParser

from ppob.kit import foreign
from ppob.kit.errors import DomainError, InvalidInput

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
