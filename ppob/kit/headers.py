"""Headers that every answer of a program carries, whichever page made it."""

from collections.abc import Callable

from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

CACHED_NOWHERE = "private, no-store"
ADMIN = "/admin/"


class AnswerHeadersMiddleware:
    """Keeps answers out of every cache and gives the admin a policy of its own.

    The next reader of a shared phone must not find a code, a key or a buyer by going
    back. Files under `/static/` never come this far, and what is public for good
    (pictures of products) says so itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._of_admin = csp(settings.ADMIN_POLICY)(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_admin = request.path_info.startswith(ADMIN)
        response = (self._of_admin if is_admin else self.get_response)(request)
        response.headers.setdefault("Cache-Control", CACHED_NOWHERE)
        if "no-store" in response.headers["Cache-Control"]:
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
