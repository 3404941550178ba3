"""Pages: how refusals are shown, at the field where there is one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ppob.kit.errors import DomainError, InvalidInput, NotFound
from ppob.kit.forms import EditForm
from ppob.kit.versions import ChangedMeanwhile

TEMPLATES = {403: "403.html", 404: "404.html"}


def read_search(request: HttpRequest, *, longest: int = 60) -> str:
    """What is looked for (`?cari=`), without what no text of ours can hold."""
    return request.GET.get("cari", "").replace("\x00", "").strip()[:longest]


class RefusalMiddleware:
    """Turns a refusal that a page did not catch into a page that says the sentence.

    Pages of a store stay out of every cache: the next reader of a shared computer must
    not find them by going back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "member", None) is not None:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        """The refusal's own page; None leaves other errors to Django."""
        if isinstance(error, Http404):
            error = NotFound()
        return refusal_page(request, error) if isinstance(error, DomainError) else None


def refusal_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page, or for a part of a page a fragment, with the refusal's sentence."""
    template = TEMPLATES.get(error.http_status, "refused.html")
    if is_fragment(request):
        template = "_refusal.html"
    return render(request, template, {"refusal": error}, status=error.http_status)


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
