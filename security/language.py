"""Which language a page speaks."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


class LanguageMiddleware:
    """The reader's choice, else the account's language, else the installation's.

    The browser's own list is left aside on purpose: most phones of our readers are set
    to English by their makers, not by them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of_reader(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of_reader(request: HttpRequest) -> str:
    """`id` or `en`."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in LANGUAGES:
        return chosen
    if request.user.is_authenticated and request.user.language in LANGUAGES:
        return request.user.language
    return settings.LANGUAGE_CODE
