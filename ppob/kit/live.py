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
# Sending costs milliseconds: with five times as many, a lone seller's process spent a
# sixth of each sale on nudges. Nobody notices a tenth of a second on a page.
PAUSE_SECS = 0.1
BOTS = "bots"  # the group every bot process listens to

Value = int | str | None
Change = tuple[str, tuple[tuple[str, Value], ...]]  # a topic, and ids that belong to it


def tenant_group(tenant_id: int) -> str:
    """The group that all open pages of one tenant listen to."""
    return f"tenant.{tenant_id}"


def announce(tenant_id: int, topic: str, **ids: Value) -> None:
    """Tell the tenant's open pages and all bots, after commit, that `topic` changed."""
    change = (topic, tuple(sorted(ids.items())))
    transaction.on_commit(lambda: _speaker().tell(tenant_id, change))


def get_channel_layer() -> Any:
    """A layer of its own: a layer's locks belong to one event loop."""
    return channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)


class _Speaker:
    """A thread with an event loop that sends nudges for the rest of the process.

    The first change goes out at once; what follows within `PAUSE_SECS` goes together,
    one message a tenant, because sending costs more than most transactions.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._layer = get_channel_layer()
        self._lock = threading.Lock()
        self._due: dict[int, dict[Change, None]] = {}  # ordered, and each once
        self._is_busy = False
        self._last: Future[None] | None = None
        thread = threading.Thread(
            target=self._loop.run_forever, name="live", daemon=True
        )
        thread.start()

    def tell(self, tenant_id: int, change: Change) -> None:
        with self._lock:
            self._due.setdefault(tenant_id, {})[change] = None
            if self._is_busy:
                return
            self._is_busy = True
            self._last = asyncio.run_coroutine_threadsafe(self._work(), self._loop)

    async def _work(self) -> None:
        while due := self._take():
            # Together: one silent server costs a round, not each tenant.
            sends = (self._send(each, list(due[each])) for each in due)
            for outcome in await asyncio.gather(*sends, return_exceptions=True):
                if outcome is not None:
                    log.error("A nudge was lost.", exc_info=outcome)
            await asyncio.sleep(PAUSE_SECS)

    def _take(self) -> dict[int, dict[Change, None]]:
        with self._lock:
            due, self._due = self._due, {}
            self._is_busy = bool(due)
            return due

    async def _send(self, tenant_id: int, changes: list[Change]) -> None:
        message = {
            "type": "nudge",
            "tenant_id": tenant_id,
            "changes": [{"topic": topic, "ids": dict(ids)} for topic, ids in changes],
        }
        try:
            # A server that is silent for long must not make nudges pile up.
            async with asyncio.timeout(SEND_SECS):
                for group in (tenant_group(tenant_id), BOTS):
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
