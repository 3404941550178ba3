"""Pages: how refusals are shown, at the field where there is one."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import defaults

from ppob.kit.drf import problem
from ppob.kit.errors import DomainError, InvalidInput, NotFound
from ppob.kit.forms import EditForm
from ppob.kit.numbers import read_number
from ppob.kit.postgres import refusals
from ppob.kit.versions import ChangedMeanwhile

TEMPLATES = {403: "403.html", 404: "404.html"}


def read_search(request: HttpRequest, *, longest: int = 60) -> str:
    """What is looked for (`?cari=`), as much of it as anything of ours is long."""
    return request.GET.get("cari", "").strip()[:longest]


def read_position(request: HttpRequest, name: str = "sebelum") -> int | None:
    """The key in the address behind which a list goes on; None for its beginning."""
    return read_number(request.GET.get(name, ""))


class RefusalMiddleware:
    """Turns a refusal that a page did not catch into a page that says the sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refusals.watch(request)
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        """The refusal's own page; None leaves other errors to Django."""
        refusal = refusal_of(request, error)
        return None if refusal is None else refusal_answer(request, refusal)


def refusal_of(request: HttpRequest, error: BaseException) -> DomainError | None:
    """What an error in the request's view means for its reader; None for a fault."""
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, DomainError):
        return error
    return refusals.refusal_in(request, error)


def refusal_answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A problem body for programs; a page, or a part of one, for people."""
    if request.path_info.startswith("/api/"):
        return JsonResponse(
            problem(error), status=error.http_status, headers=error.headers
        )
    return refusal_page(request, error)


def refusal_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page, or for a part of a page a fragment, with the refusal's sentence."""
    template = TEMPLATES.get(error.http_status, "refused.html")
    if is_fragment(request):
        template = "_refusal.html"
    page = render(request, template, {"refusal": error}, status=error.http_status)
    for name, value in error.headers.items():
        page[name] = value
    return page


def server_error(request: HttpRequest) -> HttpResponse:
    """What a crash outside of the views reads: there the database is first asked.

    The page asks the database nothing, not even who is signed in.
    """
    error = sys.exc_info()[1]
    refusal = refusals.refusal_in(request, error) if error is not None else None
    if refusal is None:
        return defaults.server_error(request)
    if request.path_info.startswith("/api/"):
        return refusal_answer(request, refusal)
    page = render_to_string("busy.html", {"refusal": refusal})
    return HttpResponse(page, status=refusal.http_status, headers=refusal.headers)


@contextmanager
def refusals_at(form: BaseForm) -> Iterator[None]:
    """Refusals inside become errors of the form: at their field, or above the form.

    What was changed meanwhile is shown beside what was typed.
    Look at `form.errors` afterwards. NotAllowed and NotFound pass through.
    """
    try:
        yield
    except DomainError as error:
        if error.http_status in TEMPLATES:
            raise
        if isinstance(error, ChangedMeanwhile) and isinstance(form, EditForm):
            form.show_newer(error.facts)
        field = error.field if isinstance(error, InvalidInput) else ""
        form.add_error(field if field in form.fields else None, str(error.sentence))


@contextmanager
def refusals_as_messages(request: HttpRequest) -> Iterator[None]:
    """Refusals inside become a message on the next page.

    NotAllowed and NotFound pass through.
    """
    try:
        yield
    except DomainError as error:
        if error.http_status in TEMPLATES:
            raise
        messages.error(request, str(error.sentence))


def is_fragment(request: HttpRequest) -> bool:
    """Whether a script asks for a part of a page only."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted


def render_live(
    request: HttpRequest, page: str, fragment: str, context: dict[str, Any]
) -> HttpResponse:
    """The whole page, or only its live `fragment` when a script asks for it."""
    template = fragment if is_fragment(request) else page
    response = render(request, template, context)
    response["Vary"] = "HX-Request"
    return response
