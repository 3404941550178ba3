"""Calling the local Discord's own API: what its clients have in common."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from bot.simulator.reading import Json

DEADLINE_SECS = 10.0
_POLL_SECS = 0.05


class ActionFailed(AssertionError):
    """The simulator refused what the person tried."""


class InteractionFailed(AssertionError):
    """The bot did not answer within three seconds."""


class Api:
    """Sends requests; what Discord's app would not allow raises ActionFailed."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/sim/api", timeout=30, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def call(self, method: str, path: str, **options: Any) -> Any:
        """The answer's JSON; raises ActionFailed with the reason of a refusal."""
        response = self._http.request(method, path, **options)
        if response.is_error:
            raise ActionFailed(response.json().get("message", response.text))
        return response.json()


def path_of(message: Json) -> str:
    """The message's address."""
    return f"/channels/{message['channel_id']}/messages/{message['id']}"


def tries(secs: float) -> Iterator[None]:
    """Turns to look again, for at least `secs` seconds."""
    ends_at = time.monotonic() + secs
    yield
    while time.monotonic() < ends_at:
        time.sleep(_POLL_SECS)
        yield
