"""Wires between an adapter and nobody: answers as told, and what was sent."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx

from ppob.kit.http import HttpClient, Response
from tests.inventory.contract.case import Case


class Wire:
    """Stands in for the HTTP client. `sent` holds what was sent but for preludes."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sent: list[dict[str, Any]] = []
        self.answer: Response | Exception = Response(200, b"{}", {})

    def says(self, body: bytes, *, status: int = 200) -> None:
        self.answer = Response(status, body, {})

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: Any = None,
        params: Any = None,
    ) -> Response:
        content = dict(json or data or params)
        prelude = self.case.before(content)
        if prelude is not None:
            return Response(200, prelude, {})
        self.sent.append(content)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def failing_client(case: Case, failure: type[httpx.TransportError]) -> HttpClient:
    """The real client on a network on which the purchase itself fails like this."""

    def answer(request: httpx.Request) -> httpx.Response:
        prelude = case.before(_content_of(request))
        if prelude is not None:
            return httpx.Response(200, content=prelude)
        raise failure("…", request=request)

    client = HttpClient("http://127.0.0.1:1", name=case.spec.code)
    client._client = httpx.Client(
        base_url="http://127.0.0.1:1", transport=httpx.MockTransport(answer)
    )
    return client


def put(patch: Any, case: Case, client: Any) -> None:
    """Let the case's adapter speak through this client."""
    make: Callable[..., Any] = lambda *_args, **_options: client  # noqa: E731
    patch.setattr(case.adapter, "_client", make)


def _content_of(request: httpx.Request) -> dict[str, Any]:
    body = request.content.decode()
    if request.method == "GET":
        return dict(request.url.params)
    if request.headers["content-type"] == "application/json":
        content: dict[str, Any] = json.loads(body)
        return content
    return dict(parse_qsl(body))
