"""Nudges to open pages and bots: "this changed", never the data itself.

`announce` costs its caller next to nothing: one background thread per process owns the
channel layer's connection. A lost nudge is harmless, because bots look for changes
every few seconds anyway and pages refetch when they reconnect.
"""

import asyncio
import atexit
import logging
import os
import threading
from concurrent.futures import Future
from typing import Any

from channels.layers import DEFAULT_CHANNEL_LAYER, channel_layers
from django.db import transaction
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

SEND_SECS = 2.0
BOTS = "bots"  # the group every bot process listens to

Value = int | str | None


def tenant_group(tenant_id: int) -> str:
    """The group that all open pages of one tenant listen to."""
    return f"tenant.{tenant_id}"


def announce(tenant_id: int, topic: str, **ids: Value) -> None:
    """Tell the tenant's open pages and all bots, after commit, that `topic` changed."""
    message = {"type": "nudge", "tenant_id": tenant_id, "topic": topic, "ids": ids}
    transaction.on_commit(
        lambda: _speaker().send((tenant_group(tenant_id), BOTS), message)
    )


def get_channel_layer() -> Any:
    """A layer of its own: a layer's locks belong to one event loop."""
    return channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)


class _Speaker:
    """A thread with an event loop that sends nudges for the rest of the process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._layer = get_channel_layer()
        self._last: Future[None] | None = None
        thread = threading.Thread(
            target=self._loop.run_forever, name="live", daemon=True
        )
        thread.start()

    def send(self, groups: tuple[str, ...], message: dict[str, object]) -> None:
        self._last = asyncio.run_coroutine_threadsafe(
            self._send(groups, message), self._loop
        )

    async def _send(self, groups: tuple[str, ...], message: dict[str, object]) -> None:
        try:
            # A server that is silent for long must not make nudges pile up.
            async with asyncio.timeout(SEND_SECS):
                for group in groups:
                    await self._layer.group_send(group, message)
        except (RedisError, OSError) as error:
            log.warning("A nudge was lost: %s", type(error).__name__)

    def flush(self) -> None:
        """Wait up to two seconds for the last nudge: a command is about to end."""
        if self._last is not None and self.pid == os.getpid():
            try:
                self._last.result(timeout=2)
            except TimeoutError:
                log.warning("A nudge was lost: the process ended.")


_lock = threading.Lock()
_current: _Speaker | None = None


def _speaker() -> _Speaker:
    global _current
    with _lock:
        # A forked worker inherits the object but not its thread.
        if _current is None or _current.pid != os.getpid():
            _current = _Speaker()
            atexit.register(_current.flush)
        return _current
