"""The only client for HTTP requests to other people's servers.

It refuses to run inside a database transaction, always has time-outs, never follows
redirects and logs without query strings, headers or bodies: those carry secrets.
"""

import logging
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx

from ppob.kit.db import forbid_transaction
from ppob.kit.failpoints import failpoint

log = logging.getLogger(__name__)

MAX_BYTES = 1_048_576  # an answer longer than this is nobody's API
MAX_PAUSES = 3  # a body may take this many times the time between two pieces


class Unreachable(Exception):
    """The request certainly did not arrive: no connection was made."""


# Everything else that httpx raises may come after the first byte has left.
_BEFORE_THE_FIRST_BYTE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class NoAnswer(Exception):
    """The request may have arrived, but no usable answer came back."""


@dataclass(frozen=True)
class Response:
    """What the other server answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(repr=False)

    def json(self) -> Any:
        """The parsed body; raises NoAnswer when it isn't JSON."""
        try:
            return httpx.Response(200, content=self.body).json()
        except (ValueError, RecursionError) as error:
            raise NoAnswer("The answer is not JSON.") from error


class HttpClient:
    """Requests to one server, reusing its connections.

    `name` says whose server it is, in logs and failpoints.
    `connect_secs`, `read_secs` and `most_bytes` bound every call. A failure before the
    connection stands raises Unreachable; a failure after that raises NoAnswer, because
    the other side may have acted.
    """

    def __init__(
        self,
        base_url: str,
        *,
        name: str,
        connect_secs: float = 3,
        read_secs: float = 10,
        most_bytes: int = MAX_BYTES,
    ) -> None:
        self._name = name
        self._most_bytes = most_bytes
        self._longest_secs = MAX_PAUSES * read_secs
        self._client = httpx.Client(
            base_url=base_url,
            timeout=httpx.Timeout(read_secs, connect=connect_secs),
            follow_redirects=False,
            # No proxy and no .netrc of the machine gets to see the keys of stores.
            trust_env=False,
            # Tenants share the connections: no cookie of one goes along with another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
    ) -> Response:
        """Send one request and return the answer, whatever its status."""
        forbid_transaction()
        failpoint(f"{self._name}:before_call")
        try:
            request = self._client.build_request(
                method, path, headers=headers, params=params, json=json, data=data
            )
        except (ValueError, TypeError, httpx.InvalidURL):
            # A key with letters that no header may hold, for example: its own error
            # would quote it.
            raise Unreachable("The request cannot be written.") from None
        started = time.monotonic()
        try:
            with closing(self._client.send(request, stream=True)) as answer:
                body = self._read(answer, until=time.monotonic() + self._longest_secs)
        except _BEFORE_THE_FIRST_BYTE as error:
            raise Unreachable(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        finally:
            log.info(
                "%s %s%s took %d ms",
                method,
                urlsplit(str(self._client.base_url)).netloc,
                urlsplit(path).path,
                (time.monotonic() - started) * 1000,
            )
        failpoint(f"{self._name}:after_call")
        return Response(answer.status_code, body, dict(answer.headers))

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _read(self, answer: httpx.Response, *, until: float) -> bytes:
        body = bytearray()
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > self._most_bytes or time.monotonic() > until:
                raise NoAnswer("The answer does not end.")
        return bytes(body)
