"""Things that go wrong at a supplier, ordered for its next requests."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiohttp import web

HANG_SECS = 60


class Call(StrEnum):
    """Which of a supplier's calls a fault is for; one that buys and asks is `BUY`."""

    BUY = "buy"
    ASK = "ask"
    NAME = "name"
    PRICES = "prices"
    BALANCE = "balance"


class Fault(StrEnum):
    """What happens to one request; `after` means that it had its effect before.

    `WRONG_REF` answers about another reference, `NEW_CODE` with an unknown code.
    """

    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    HTML_BEFORE = "html_before"
    HTML_AFTER = "html_after"
    CUT_BEFORE = "cut_before"
    CUT_AFTER = "cut_after"
    HANG_BEFORE = "hang_before"
    HANG_AFTER = "hang_after"
    WRONG_REF = "wrong_ref"
    NEW_CODE = "new_code"


class Faults:
    """Faults waiting for the next requests, by what these ask for."""

    def __init__(self) -> None:
        self._waiting: defaultdict[Call, deque[Fault]] = defaultdict(deque)

    def order(self, fault: Fault, *, times: int = 1, call: Call = Call.BUY) -> None:
        """Let the next `times` requests of this kind fail like this."""
        self._waiting[call].extend([fault] * times)

    def take(self, call: Call = Call.BUY) -> Fault | None:
        """The fault for a request that has just come in, if one was ordered."""
        waiting = self._waiting[call]
        return waiting.popleft() if waiting else None

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._waiting.clear()


def happens_before(fault: Fault) -> bool:
    """Whether the request never has its effect."""
    return fault.endswith("_before")


@dataclass(frozen=True)
class Spoiled:
    """What a supplier's answer looks like when it is not the right one.

    `failed` is the body of an error; a success in it must not be believed.
    """

    wrong_ref: dict[str, Any]
    new_code: dict[str, Any]
    failed: dict[str, Any]


async def play(
    fault: Fault, request: web.Request, spoiled: Spoiled
) -> web.StreamResponse:
    """The failing answer."""
    if fault is Fault.WRONG_REF:
        return web.json_response(spoiled.wrong_ref)
    if fault is Fault.NEW_CODE:
        return web.json_response(spoiled.new_code)
    if fault in (Fault.HTML_BEFORE, Fault.HTML_AFTER):
        page = "<!doctype html><h1>Sedang dalam pemeliharaan</h1>"
        return web.Response(text=page, content_type="text/html")
    if fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER) and request.transport is not None:
        request.transport.abort()
    if fault in (Fault.HANG_BEFORE, Fault.HANG_AFTER):
        await asyncio.sleep(HANG_SECS)
    return web.json_response(spoiled.failed, status=502)
