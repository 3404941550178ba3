"""Tell open pages what changed, never the content: they fetch what they may see."""

import asyncio
from collections.abc import Mapping
from typing import Any

from simcord.backend.access import channel_accessible

from bot.simulator.backend import LocalBackend

_STRUCTURE = ("GUILD_", "CHANNEL_", "THREAD_")
_QUEUE_SIZE = 500


class LiveFeed:
    """The pages that listen, each for one person."""

    def __init__(self, backend: LocalBackend) -> None:
        self._backend = backend
        self._listeners: dict[asyncio.Queue[dict[str, Any]], int] = {}

    def listen(self, user_id: int) -> asyncio.Queue[dict[str, Any]]:
        """A queue of news for this person; give it back with `stop`."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_QUEUE_SIZE)
        self._listeners[queue] = user_id
        return queue

    def stop(self, queue: asyncio.Queue[dict[str, Any]]) -> None:
        """No more news on this queue."""
        self._listeners.pop(queue, None)

    def on_event(self, event: str, payload: Mapping[str, Any]) -> None:
        """Turn a gateway event into news for those who may know."""
        if event.startswith(_STRUCTURE) and event != "CHANNEL_PINS_UPDATE":
            self._tell_all({"kind": "structure"})
        elif event.startswith("MESSAGE_"):
            self.channel_changed(
                int(payload["channel_id"]),
                created=event == "MESSAGE_CREATE",
                author_id=str((payload.get("author") or {}).get("id", "")),
            )
        elif event == "TYPING_START":
            channel_id = int(payload["channel_id"])
            news = {
                "kind": "typing",
                "channel_id": str(channel_id),
                "user_id": str(payload["user_id"]),
            }
            self._tell_viewers(channel_id, news)

    def channel_changed(
        self, channel_id: int, *, created: bool = False, author_id: str = ""
    ) -> None:
        """The messages of a channel are not what they were."""
        news = {
            "kind": "messages",
            "channel_id": str(channel_id),
            "created": created,
            "author_id": author_id,
        }
        self._tell_viewers(channel_id, news)

    def tell(self, user_id: int, news: dict[str, Any]) -> None:
        """News for one person, on all their pages."""
        for queue, listener_id in self._listeners.items():
            if listener_id == user_id:
                _put(queue, news)

    def _tell_viewers(self, channel_id: int, news: dict[str, Any]) -> None:
        for queue, user_id in self._listeners.items():
            if channel_accessible(self._backend, channel_id, user_id):
                _put(queue, news)

    def _tell_all(self, news: dict[str, Any]) -> None:
        for queue in self._listeners:
            _put(queue, news)


def _put(queue: asyncio.Queue[dict[str, Any]], news: dict[str, Any]) -> None:
    # A page that does not read refetches everything when it comes back.
    if not queue.full():
        queue.put_nowait(news)
