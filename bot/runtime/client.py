"""One bot account's connection to Discord and everything that runs beside it."""

import asyncio
import logging
import sys
from collections.abc import Coroutine
from typing import Any

import discord
from discord.ext import commands

from bot.cross_tenant.serving import Serving
from bot.runtime import nudges
from bot.runtime.channel_maker import ChannelMaker
from bot.runtime.cogs.guilds import Guilds
from bot.runtime.cogs.interactions import Interactions
from bot.runtime.cogs.shopping import Shopping
from bot.runtime.cogs.tickets import Tickets
from bot.runtime.cogs.topups import TopUpCommands
from bot.runtime.cogs.wallet import WalletCommands
from bot.runtime.command_sync import CommandWords
from bot.runtime.message_sender import MessageSender
from bot.runtime.panel_sync import PanelSync
from bot.ui import orders, shop, ticket, wallet  # noqa: F401 - registers what their buttons do
from bot.ui.clicks import CLICKS

log = logging.getLogger(__name__)

REGISTER_EVERY_SECS = 60.0
RESTART_SECS = 2.0
_PANEL_TOPICS = {"products", "stock", "suppliers", "panels", "settings"}


class TokoBot(commands.Bot):
    """A bot that serves the stores named by `serving`."""

    def __init__(self, serving: Serving, *, has_message_content: bool) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = has_message_content
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=intents,
            help_command=None,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=30,
        )
        self.serving = serving
        self.ticket_channels = ChannelMaker(self)
        self.panels = PanelSync(self, serving)
        self.messages = MessageSender(self, serving)
        self._workers: list[asyncio.Task[None]] = []

    async def setup_hook(self) -> None:
        """Start what runs beside the gateway; once, however often it reconnects."""
        self.add_dynamic_items(*CLICKS)
        await self.tree.set_translator(CommandWords())
        cogs = (
            Guilds(self),
            Interactions(),
            Tickets(self),
            Shopping(),
            TopUpCommands(),
            WalletCommands(),
        )
        for cog in cogs:
            await self.add_cog(cog)
        self._start("clicks", self._keep_clicks_registered)
        self._start("nudges", lambda: nudges.listen(self._nudged))
        self._start("panels", self._when_ready(self.panels.run))
        self._start("messages", self._when_ready(self.messages.run))

    def serve(self, serving: Serving) -> None:
        """Speak for these stores from now on."""
        self.serving = serving
        self.panels.serving = serving
        self.messages.serving = serving

    async def close(self) -> None:
        """Stop the workers, then leave the gateway."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self.messages.finish()
        await super().close()

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log what a listener did not expect; the connection goes on."""
        log.error("Listener %s failed", event_method, exc_info=sys.exc_info())

    def _start(self, name: str, work: Any) -> None:
        self._workers.append(asyncio.create_task(_forever(name, work), name=name))

    def _when_ready(self, work: Any) -> Any:
        async def wait_and_work() -> None:
            await self.wait_until_ready()
            await work()

        return wait_and_work

    async def _keep_clicks_registered(self) -> None:
        # The library may drop a pattern when an unrelated view ends; this repairs it.
        while True:
            self.add_dynamic_items(*CLICKS)
            await asyncio.sleep(REGISTER_EVERY_SECS)

    def _nudged(self, tenant_id: int, topic: str) -> None:
        if not self.serving.accepts(tenant_id):
            return
        if topic in _PANEL_TOPICS:
            self.panels.nudge(tenant_id)
        elif topic == "outbox":
            self.messages.nudge()


async def _forever(name: str, work: Any) -> None:
    """Run a worker again whatever ends it."""
    while True:
        try:
            coroutine: Coroutine[Any, Any, None] = work()
            await coroutine
        except Exception:
            log.exception("Worker %s ended and starts again", name)
        await asyncio.sleep(RESTART_SECS)
