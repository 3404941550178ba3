"""Who may open a WebSocket: pages of our own addresses alone.

A browser sends its cookies along with a socket that any page opens, and no token of a
form protects it. What it sends as `Origin` is the page's scheme, host and port, so all
three are compared: another program on another port of the same host is a stranger.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings

Application = Callable[..., Awaitable[None]]

_DEFAULT_PORTS = {"http": 80, "https": 443}


class OwnOrigins:
    """Refuses the handshake (403) unless it comes from `settings.SOCKET_ORIGINS`."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._denier: Application = WebsocketDenier.as_asgi()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the handshake on, or refuse it."""
        named = [value for name, value in scope["headers"] if name == b"origin"]
        # No browser sends two, and what reads them may not agree which one counts.
        is_own = len(named) == 1 and named[0].decode("latin-1") in own_origins()
        application = self._application if is_own else self._denier
        await application(scope, receive, send)


def own_origins() -> frozenset[str]:
    """Our addresses as browsers write them: small letters, no usual port, no path."""
    addresses: Iterable[str] = settings.SOCKET_ORIGINS
    return frozenset(map(_as_browsers_write, addresses))


def _as_browsers_write(address: str) -> str:
    parts = urlsplit(address.lower())
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)):
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{parts.port}"
