"""The edge: what no text of ours can hold is refused before a page sees it.

PostgreSQL keeps no NUL and no half of a character, so every page that looks something
up by what came in would fail on them. Bodies that are no forms (JSON, callbacks) are
read by their own readers: `kit.json_bodies` and `kit.foreign`.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import DomainError
from ppob.kit.foreign import is_storable
from ppob.kit.pages import refusal_answer

LONGEST_ADDRESS = 8_192
UNDECODABLE = "\ufffd"  # stands where bytes were no text
_URL_ENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


class NotText(DomainError):
    """Bytes that are no text, or signs that no column keeps."""

    code = "NOT_TEXT"
    default = _(
        "What was sent contains characters that cannot be kept. Nothing was changed; "
        "please remove them and try again."
    )


class LongAddress(DomainError):
    """Longer than any address of ours; what leads on to it would not be followed."""

    code = "ADDRESS_TOO_LONG"
    http_status = 414
    default = _("This address is too long. Nothing was changed.")


class PlainTextMiddleware:
    """Refuses text that cannot be kept, in path, query and form, and long addresses."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """The refusal; None lets the view begin."""
        query: str = request.META.get("QUERY_STRING", "")
        if len(request.path_info) + len(query) > LONGEST_ADDRESS:
            return refusal_answer(request, LongAddress())
        is_fine = _is_path_text(request) and _is_encoded_text(query)
        # Without the forms' own token a view reads raw bodies, and reads them itself.
        if is_fine and not getattr(view, "csrf_exempt", False):
            is_fine = _is_form_text(request)
        return None if is_fine else refusal_answer(request, NotText())


def _is_path_text(request: HttpRequest) -> bool:
    return is_storable(request.path_info) and UNDECODABLE not in request.path_info


def _is_form_text(request: HttpRequest) -> bool:
    if request.content_type == _URL_ENCODED:
        return _is_encoded_text(request.body)
    if request.content_type == _MULTIPART:
        return all(map(_is_part_text, request.POST.lists()))
    return True


def _is_part_text(part: tuple[str, list[Any]]) -> bool:
    # What Django could not decode is replaced by then. A code for sale that was
    # garbled on its way must not be sold.
    name, values = part
    words = [name, *map(str, values)]
    return all(is_storable(word) and UNDECODABLE not in word for word in words)


def _is_encoded_text(encoded: str | bytes) -> bool:
    try:
        return is_storable(unquote_to_bytes(encoded).decode("utf-8"))
    except UnicodeDecodeError:
        return False
