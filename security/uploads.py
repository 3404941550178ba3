"""How much one person may send: counted before any of it is read.

Every form that takes files sends `multipart/form-data`. Its length stands in the head
of the request, so too much is refused before the form parser, which the CSRF check
starts, has touched the body or a query of the page has run.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext_lazy

from ppob.kit import rate
from ppob.kit.errors import DomainError
from ppob.kit.numbers import read_number
from ppob.kit.pages import refusal_page

WITHIN_SECS = 60


class TooManyUploads(DomainError):
    """This person sent much in a short time; nothing of this was read."""

    code = "TOO_MANY_UPLOADS"
    http_status = 429

    def __init__(self, wait_secs: int) -> None:
        super().__init__(
            ngettext_lazy(
                "You have sent a lot in one minute, so this was not kept. Send it "
                "again in %(count)d second.",
                "You have sent a lot in one minute, so this was not kept. Send it "
                "again in %(count)d seconds.",
                "count",
            )
            % {"count": wait_secs}
        )
        self.wait_secs = wait_secs


class UploadMiddleware:
    """Refuses the forms with files of somebody who sends too many, or too much."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            count_upload(request)
        except TooManyUploads as refusal:
            response = refusal_page(request, refusal)
            response["Retry-After"] = str(refusal.wait_secs)
            return response
        return self.get_response(request)


def count_upload(request: HttpRequest) -> None:
    """Count a form with files of a signed-in person; raises TooManyUploads.

    Strangers may send none: the page turns them away before it reads the form.
    """
    is_upload = request.content_type == "multipart/form-data"
    if request.method != "POST" or not is_upload or not request.user.is_authenticated:
        return
    who = f"user-{request.user.pk}"
    wait_secs = max(
        rate.count(
            f"upload-forms:{who}", limit=settings.MOST_UPLOADS, secs=WITHIN_SECS
        ),
        rate.count(
            f"upload-bytes:{who}",
            limit=settings.MOST_UPLOAD_BYTES,
            secs=WITHIN_SECS,
            amount=_length_of(request),
        ),
    )
    if wait_secs:
        raise TooManyUploads(wait_secs)


def _length_of(request: HttpRequest) -> int:
    """What the request says it brings; the server reads no more than that."""
    declared = read_number(request.META.get("CONTENT_LENGTH"))
    most: int = settings.MOST_UPLOAD_BYTES
    return most if declared is None else declared
