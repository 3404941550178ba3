"""Where a request comes from: the address that the audit trail remembers."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_ip: ContextVar[str | None] = ContextVar("client_ip", default=None)


def find_ip() -> str | None:
    """The client's address while a web request is served; None for jobs and bots."""
    return _ip.get()


@contextmanager
def coming_from(ip: str | None) -> Iterator[None]:
    """What happens inside is asked for from this address."""
    token = _ip.set(ip)
    try:
        yield
    finally:
        _ip.reset(token)


def client_ip(request: HttpRequest) -> str | None:
    """The address that reached our outermost proxy, or None if that is unreadable."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return _outermost(request.META.get("REMOTE_ADDR", ""), forwarded)


def client_ip_of_socket(scope: dict[str, Any]) -> str | None:
    """The same for a WebSocket's handshake."""
    forwarded = [
        value.decode("latin-1")
        for name, value in scope["headers"]
        if name == b"x-forwarded-for"
    ]
    return _outermost((scope.get("client") or ("",))[0], ",".join(forwarded))


def rough_place(ip: str | None) -> str:
    """An address with its last half left out, for people to recognise: `103.28.x.x`."""
    if not ip:
        return ""
    address = ip_address(ip)
    if address.version == 4:
        return ".".join([*str(address).split(".")[:2], "x", "x"])
    return ":".join([*address.exploded.split(":")[:3], "x"])


class OriginMiddleware:
    """Remembers the client's address for as long as the request is served."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with coming_from(client_ip(request)):
            return self.get_response(request)


class SocketOriginMiddleware:
    """The same for as long as a WebSocket is open."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        with coming_from(client_ip_of_socket(scope)):
            await self._application(scope, receive, send)


def _outermost(address: str, forwarded: str) -> str | None:
    """Whom our outermost proxy was called by; `address` is whoever called us.

    Each of our own `PROXY_HOPS` proxies adds the address it was called from to the end
    of X-Forwarded-For; whatever stands before them is the client's own invention.
    """
    hops: int = settings.PROXY_HOPS
    entries = forwarded.split(",")
    if 0 < hops <= len(entries):
        address = entries[-hops] or address
    return _read(address.strip())


def _read(address: str) -> str | None:
    # Some proxies add the port: `1.2.3.4:567`, `[::1]:567`.
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        return str(ip_address(address.partition("%")[0]))
    except ValueError:
        return None
