"""A Discord that keeps what it was sent, and knows a nonce it has seen before."""

import json
import os
import random
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord

_FIRST_ID = 1_000_000_000_000
# How often a place is gone, an answer fails, or the token is not known; how often a
# buyer has left the server, or takes no direct messages.
GONE, BUSY, LOCKED_OUT = 0.02, 0.04, 0.02
LEFT, CLOSED = 0.05, 0.1


class OutsideDiscord:
    """One line per message in a file: written at once, so no kill undoes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_moody = True

    def forget(self) -> None:
        self._path.write_text("")

    def receive(self, channel_id: int, nonce: str) -> int:
        """Keep a message; its id. The same nonce again is the same message."""
        nonce = nonce or f"none{secrets.randbelow(10**12)}"
        line = json.dumps([channel_id, nonce]) + "\n"
        target = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(target, line.encode())
        os.close(target)
        return _FIRST_ID + int("".join(filter(str.isdigit, nonce)))

    def shown(self) -> set[tuple[int, str]]:
        """Every message that can be seen: its channel and nonce."""
        lines = self._path.read_text().splitlines()
        return {(channel, nonce) for channel, nonce in map(json.loads, lines)}


class FakeBot:
    """As much of a discord.py client as the message sender needs."""

    def __init__(self, outside: OutsideDiscord) -> None:
        self._outside = outside
        self.http = SimpleNamespace(
            delete_channel=_nothing, get_member=self._get_member
        )

    def get_partial_messageable(self, channel_id: int) -> "FakePlace":
        return FakePlace(self._outside, channel_id)

    async def create_dm(self, user: Any) -> Any:
        if self._outside.is_moody and random.random() < CLOSED:
            answer = SimpleNamespace(status=403, reason="")
            words = {"code": 50007, "message": "no messages to this user"}
            raise discord.Forbidden(answer, words)
        return SimpleNamespace(id=user.id)

    async def _get_member(self, _guild_id: int, _user_id: int) -> None:
        if self._outside.is_moody and random.random() < LEFT:
            answer = SimpleNamespace(status=404, reason="")
            raise discord.NotFound(answer, {"code": 10007, "message": "no member"})


class FakePlace:
    """A channel."""

    def __init__(self, outside: OutsideDiscord, channel_id: int) -> None:
        self._outside, self._id = outside, channel_id

    async def send(self, *, nonce: str = "", **words: Any) -> Any:
        mood = random.random() if self._outside.is_moody else 1
        if mood < GONE:
            raise discord.NotFound(SimpleNamespace(status=404, reason=""), "gone")
        if mood < GONE + BUSY:
            raise _busy()
        if mood > 1 - LOCKED_OUT and self._outside.is_moody:
            answer = SimpleNamespace(status=401, reason="")
            raise discord.HTTPException(answer, "who are you")
        sent = SimpleNamespace(id=self._outside.receive(self._id, nonce))
        if mood < GONE + 2 * BUSY:
            raise _busy()  # but it is there
        return sent

    def get_partial_message(self, message_id: int) -> Any:
        return SimpleNamespace(edit=_nothing, delete=_nothing)

    async def history(self, *, limit: int) -> AsyncIterator[Any]:
        for line in ():
            yield line


def _busy() -> discord.HTTPException:
    return discord.DiscordServerError(SimpleNamespace(status=503, reason=""), "busy")


async def _nothing(*arguments: Any, **words: Any) -> None:
    return None
