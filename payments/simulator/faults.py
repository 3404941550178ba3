"""Things that go wrong at a gateway, ordered for its next requests."""

import asyncio
from collections import deque
from enum import StrEnum

from aiohttp import web


class Fault(StrEnum):
    """What happens to one request; `after` means that it had its effect before."""

    ERROR_500 = "error_500"
    ERROR_500_AFTER = "error_500_after"
    HTML = "html"
    CUT_AFTER = "cut_after"
    HANG_AFTER = "hang_after"
    TOO_MANY = "too_many"


HANG_SECS = 30
_AFTER = (Fault.ERROR_500_AFTER, Fault.CUT_AFTER, Fault.HANG_AFTER)


class Faults:
    """Faults waiting for the next requests to one path, e.g. `transaction/create`."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}

    def order(self, path: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next `times` requests to `path` fail like this."""
        self._waiting.setdefault(path, deque()).extend([fault] * times)

    def take(self, path: str) -> Fault | None:
        """The fault for a request that has just come in, if one was ordered."""
        waiting = self._waiting.get(path)
        return waiting.popleft() if waiting else None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._waiting.clear()


def happens_after(fault: Fault) -> bool:
    """Whether the request has its effect although the answer fails."""
    return fault in _AFTER


async def play(fault: Fault, request: web.Request) -> web.StreamResponse:
    """The failing answer."""
    if fault is Fault.HTML:
        page = "<!doctype html><h1>Sedang dalam pemeliharaan</h1>"
        return web.Response(text=page, content_type="text/html")
    if fault is Fault.TOO_MANY:
        return _refusal(429, "Too many requests")
    if fault is Fault.CUT_AFTER and request.transport is not None:
        request.transport.abort()
    if fault is Fault.HANG_AFTER:
        await asyncio.sleep(HANG_SECS)
    return _refusal(500, "Internal server error")


def _refusal(code: int, message: str) -> web.Response:
    return web.json_response({"success": False, "message": message}, status=code)
