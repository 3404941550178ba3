"""The real bot in a thread, talking to a local Discord over HTTP and WebSocket."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import discord
import discord.gateway
import discord.http
import pytest
import yarl

from bot.cross_tenant.serving import Serving
from bot.runtime.client import TokoBot
from bot.simulator import world
from bot.simulator.client import (
    SimulatedPerson,
    components_of,
    text_of,
)
from bot.simulator.control import SimulatedDiscord

Json = dict[str, Any]


class Town:
    """One store's server, its people and its bot."""

    guild_id = world.RIZKY_GUILD_ID
    products_id = world.RIZKY_PRODUCTS_ID
    log_id = world.RIZKY_LOG_ID

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(discord.http.Route, "BASE", f"{url}/api/v10")
        gateway = yarl.URL(url.replace("http", "ws", 1) + "/gateway")
        socket = discord.gateway.DiscordWebSocket
        monkeypatch.setattr(socket, "DEFAULT_GATEWAY", gateway)
        self.url = url
        self.control = SimulatedDiscord(url)
        self.ayu, self.bima, self.citra, self.rizky = (
            SimulatedPerson(url, person.id)
            for person in (world.AYU, world.BIMA, world.CITRA, world.RIZKY)
        )
        self.bot: TokoBot | None = None

    def start(self) -> None:
        """Connect the bot and wait until it is ready."""
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._live, daemon=True)
        ready = threading.Event()
        self.bot = TokoBot(Serving(), has_message_content=True)
        self.bot._connection.guild_ready_timeout = 0.1  # two seconds else
        self.bot.add_listener(self._on_ready(ready), "on_ready")
        self.thread.start()
        assert ready.wait(10), "the bot did not become ready"

    def stop(self) -> None:
        """Disconnect the bot; everybody else stays."""
        if self.bot is not None:
            self.run(self.bot.close())
            self.run(asyncio.wait_for(self._task, 5))
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(10)
            self.loop.close()
            self.bot = None

    def close(self) -> None:
        self.stop()
        for person in (self.ayu, self.bima, self.citra, self.rizky, self.control):
            person.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine where the bot lives."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(15)

    def panel(self, person: SimulatedPerson | None = None) -> Json:
        """The panel's message, once it is there."""
        return (person or self.ayu).wait_for_message(
            self.products_id, lambda message: has(message, "v1:methods:")
        )

    def buy(self, person: SimulatedPerson, product_id: int) -> str:
        """Press Buy on the product's card; what the bot answers."""
        panel = self.panel(person)
        return answer(person.click(panel, find(panel, f":{product_id}", "v1:buy:")))

    def ticket_of(self, person: SimulatedPerson) -> int:
        """The person's newest ticket channel."""
        channel = person.wait_for_channel(
            lambda found: found["name"].startswith("t"), self.guild_id
        )
        return int(channel["id"])

    def press(self, person: SimulatedPerson, channel_id: int, prefix: str) -> Json:
        """Press the newest button in the channel whose id starts like this."""
        message = person.wait_for_message(channel_id, lambda found: has(found, prefix))
        return person.click(message, find(message, "", prefix))

    def _live(self) -> None:
        asyncio.set_event_loop(self.loop)
        assert self.bot is not None
        self._task = self.loop.create_task(self.bot.start(world.BOT_TOKEN))
        self.loop.run_forever()

    @staticmethod
    def _on_ready(ready: threading.Event) -> Any:
        async def on_ready() -> None:
            ready.set()

        return on_ready


def ids(message: Json) -> list[str]:
    return [str(part.get("custom_id") or "") for part in components_of(message)]


def has(message: Json, prefix: str) -> bool:
    return any(found.startswith(prefix) for found in ids(message))


def find(message: Json, suffix: str, prefix: str) -> str:
    return next(
        found
        for found in ids(message)
        if found.startswith(prefix) and found.endswith(suffix)
    )


def answer(shown: Json) -> str:
    """The words of the answer to an interaction."""
    return text_of(shown["message"])
