"""Bodies are read whole, and not beyond what is allowed, before anything else happens.

Somebody who sends half a body and then waits must hold nothing but their own socket.
Django's ASGI handler reads a body first by itself, however long it is; its WSGI handler
leaves reading to whoever asks for the body, which may be after a query, with a database
connection in hand. Both are brought to the same here: read first, with a bound.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any, ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from ppob.kit.drf import problem
from ppob.kit.errors import DomainError
from ppob.kit.numbers import read_number
from ppob.kit.pages import refusal_page

# A product's picture (5 MB) or a list of codes (2 MB as a file, 2 MB typed) with the
# rest of its form. The proxy's limits must not be wider (deploy/proxy).
MAX_UPLOAD_BYTES = 6 * 1024 * 1024
CHUNK_BYTES = 65_536
SILENCE_SECS = 10.0  # the proxy sends a body in one go, so silence means it is gone
REFUSAL_KEY = "ppob.refused_body"  # headers of a client cannot make this name

Environ = dict[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class TooLong(DomainError):
    """The body is longer than anything that is sent to this address."""

    code: ClassVar[str] = "TOO_LONG"
    http_status: ClassVar[int] = 413
    default = _("This is too large to be accepted. Nothing was saved.")


class CutShort(DomainError):
    """The connection ended before the body did."""

    code: ClassVar[str] = "CUT_SHORT"
    http_status: ClassVar[int] = 400
    default = _("Only a part of this arrived. Nothing was saved. Please send it again.")


REFUSALS: dict[str, type[DomainError]] = {
    each.code: each for each in (TooLong, CutShort)
}


class WholeBodies:
    """WSGI: hands on a body that is here already, or what is wrong with it.

    Memory takes `FILE_UPLOAD_MAX_MEMORY_SIZE` of it, the rest goes to a temporary file.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(
        self, environ: Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve one request."""
        if _has_body(environ):
            # Open for as long as the request lives, as the server's own stream is.
            body: IO[bytes] = SpooledTemporaryFile(  # noqa: SIM115
                settings.FILE_UPLOAD_MAX_MEMORY_SIZE
            )
            try:
                size = _read(environ, body)
            except DomainError as refusal:
                environ[REFUSAL_KEY] = refusal.code
                size = 0
            body.seek(0)
            environ["wsgi.input"] = body
            environ["CONTENT_LENGTH"] = str(size)
        return self.application(environ, start_response)


class BoundedBodies:
    """ASGI: ends a body that goes on beyond its limit, and says so."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        left = _limit(_content_type(scope))

        async def receive_bounded() -> Message:
            nonlocal left
            message = await receive()
            while left < 0 and message["type"] == "http.request":
                message = await receive()  # nobody reads on
            left -= len(message.get("body", b""))
            if left < 0 and message["type"] == "http.request":
                scope[REFUSAL_KEY] = TooLong.code
                return {"type": "http.request", "body": b"", "more_body": False}
            return message

        await self.application(scope, receive_bounded, send)


class RefusedBodyMiddleware:
    """Says in the reader's words what was wrong with a body; no view is asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # An ASGI request knows its scope, a WSGI request has its environment as META.
        code = getattr(request, "scope", request.META).get(REFUSAL_KEY)
        if code is None:
            return self.get_response(request)
        refusal = REFUSALS[code]()
        if request.path_info.startswith("/api/"):
            return JsonResponse(problem(refusal), status=refusal.http_status)
        return refusal_page(request, refusal)


def read_body(request: HttpRequest, *, most: int) -> bytes:
    """The body as it came; raises TooLong beyond `most` bytes.

    For views that want less than is allowed everywhere: call it before any query.
    """
    declared = request.headers.get("Content-Length") or "0"
    if read_number(declared, most=most) is None:
        raise TooLong
    body: bytes = request.body
    if len(body) > most:
        raise TooLong
    return body


def _read(environ: Environ, body: IO[bytes]) -> int:
    """Fill `body` and say how many bytes there are; raises TooLong and CutShort."""
    most = _limit(environ.get("CONTENT_TYPE", ""))
    declared = _declared(environ)
    if declared > most:
        raise TooLong
    left = declared or most + 1  # chunks end by themselves
    try:
        with _impatience(environ):
            read = environ["wsgi.input"].read
            while left and (chunk := read(min(CHUNK_BYTES, left))):
                body.write(chunk)
                left -= len(chunk)
    except OSError:  # the client is gone, or silent
        raise CutShort from None
    size = body.tell()
    if size < declared:
        raise CutShort
    if size > most:
        raise TooLong
    return size


@contextmanager
def _impatience(environ: Environ) -> Iterator[None]:
    """Reading gives up after a silence; gunicorn itself would wait for ever."""
    line = environ.get("gunicorn.socket")
    if line is None:
        yield
        return
    usual = line.gettimeout()
    line.settimeout(SILENCE_SECS)
    try:
        yield
    finally:
        line.settimeout(usual)


def _has_body(environ: Environ) -> bool:
    # Chunks can only be read to their end where the server knows where that is.
    in_chunks = environ.get("HTTP_TRANSFER_ENCODING")
    ends = environ.get("wsgi.input_terminated", False)
    return bool(_declared(environ) or (in_chunks and ends))


def _declared(environ: Environ) -> int:
    """The length in the head; a word that is none stands for one that is too long."""
    declared = read_number(environ.get("CONTENT_LENGTH") or "0")
    return MAX_UPLOAD_BYTES + 1 if declared is None else declared


def _limit(content_type: str) -> int:
    """How many bytes a body of this type may have: only files come in several parts."""
    if content_type.strip().lower().startswith("multipart/"):
        return MAX_UPLOAD_BYTES
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return most


def _content_type(scope: Message) -> str:
    for name, value in scope.get("headers", ()):
        if name.lower() == b"content-type":
            return str(value.decode("latin-1"))
    return ""
