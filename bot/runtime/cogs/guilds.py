"""Servers come and go, and so do their stores; commands follow them."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import discord
from discord.ext import commands
from django.db import Error as DatabaseError

from bot import bridge
from bot.cross_tenant.servers import list_changed_guilds
from bot.cross_tenant.serving import Serving
from bot.network import CUT
from bot.runtime import command_sync
from bot.services import servers
from bot.ui.context import directory
from ppob.kit import clock
from tenants.models import Guild
from tenants.services import guilds

if TYPE_CHECKING:
    from bot.runtime.client import TokoBot

log = logging.getLogger(__name__)

COMPARE_EVERY_SECS = 5.0  # somebody waits for this in the set-up wizard
COMPARE_ALL_EVERY_SECS = 60.0  # unless the bot came to a server or left one meanwhile
DIRECT = 0  # direct messages, where a server's id stands
FIRST_AGAIN_SECS, LONGEST_AGAIN_SECS = 5.0, 900.0


@dataclass(frozen=True)
class Again:
    """When to try again (on the monotonic clock), after how many failures."""

    at: float
    failures: int

    @classmethod
    def after(cls, failures: int) -> Self:
        """Later each time, at most a quarter of an hour."""
        secs = min(LONGEST_AGAIN_SECS, FIRST_AGAIN_SECS * 2 ** min(failures - 1, 10))
        return cls(time.monotonic() + secs, failures)


class Guilds(commands.Cog):
    """Notes where the bot is."""

    def __init__(self, bot: "TokoBot") -> None:
        self._bot = bot
        self._task: asyncio.Task[None] | None = None
        self._without_commands: dict[int, Again] = {}
        # With which servers of which stores all rows were compared, until when.
        self._known: tuple[set[int], Serving] | None = None
        self._compare_all_at = 0.0

    async def cog_load(self) -> None:
        """Start comparing what Discord says with our rows."""
        self._task = asyncio.create_task(self._compare_forever(), name="guilds")

    async def cog_unload(self) -> None:
        """Stop comparing."""
        if self._task is not None:
            self._task.cancel()

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server known from before is there again."""
        await self._here(guild)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was invited."""
        await self._here(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed; everything of the store stays."""
        row = await self._row(guild.id)
        if row is not None and self._bot.serving.accepts(row.tenant_id):
            await self._gone(row)

    async def compare(self) -> None:
        """Set right what changed while nobody listened, or before the store existed."""
        present = {guild.id for guild in self._bot.guilds}
        known = (present, self._bot.serving)
        now = time.monotonic()
        is_known = known == self._known and now < self._compare_all_at
        changed = await bridge.across(
            list_changed_guilds,
            self._bot.serving,
            present=present,
            may_have_left=not is_known,
        )
        for row in changed:
            guild = self._bot.get_guild(row.discord_id)
            if guild is None:
                await self._gone(row)
            elif not guild.unavailable:
                await self._here(guild)
        if not is_known:
            self._known, self._compare_all_at = known, now + COMPARE_ALL_EVERY_SECS
        await self._sync_again()

    async def _sync_again(self) -> None:
        """Give their commands to servers where that failed before."""
        now = time.monotonic()
        due = [pk for pk, again in self._without_commands.items() if again.at <= now]
        for guild_id in due:
            if guild_id == DIRECT:
                await self._sync_direct()
                continue
            guild = self._bot.get_guild(guild_id)
            if guild is None:
                del self._without_commands[guild_id]
            elif not guild.unavailable:
                await self._here(guild)

    async def _compare_forever(self) -> None:
        await self._bot.wait_until_ready()
        await self._sync_direct()
        while True:
            try:
                await self.compare()
            except (DatabaseError, OSError):
                log.exception("Servers could not be compared")
            await asyncio.sleep(COMPARE_EVERY_SECS)

    async def _here(self, guild: discord.Guild) -> None:
        row = await self._row(guild.id)
        if row is None or not self._bot.serving.accepts(row.tenant_id):
            return
        if row.bot_joined_at is None or row.name != guild.name:
            await bridge.call(
                row.tenant_id,
                guilds.bot_joined,
                guild_id=guild.id,
                name=guild.name,
                now=clock.now(),
            )
            self._bot.panels.nudge(row.tenant_id)
        settings = await bridge.call(row.tenant_id, servers.settings_of, row.pk)
        try:
            await command_sync.sync_guild(
                self._bot.tree, row, known=settings.commands_hash
            )
        except (discord.HTTPException, discord.RateLimited, *CUT) as error:
            log.warning("Commands of guild %s not updated: %s", guild.id, error)
            failures = self._failures_of(guild.id) + 1
            self._without_commands[guild.id] = Again.after(failures)
        else:
            self._without_commands.pop(guild.id, None)

    async def _sync_direct(self) -> None:
        try:
            await command_sync.sync_direct(self._bot.tree)
        except (discord.HTTPException, discord.RateLimited, *CUT) as error:
            log.warning("Commands in direct messages not updated: %s", error)
            failures = self._failures_of(DIRECT) + 1
            self._without_commands[DIRECT] = Again.after(failures)
        else:
            self._without_commands.pop(DIRECT, None)

    def _failures_of(self, guild_id: int) -> int:
        known = self._without_commands.get(guild_id)
        return known.failures if known is not None else 0

    async def _gone(self, row: Guild) -> None:
        directory.forget(row.discord_id)
        await bridge.call(
            row.tenant_id,
            guilds.bot_left,
            guild_id=row.discord_id,
            now=clock.now(),
        )
        # Discord forgets a server's commands with the bot.
        await bridge.call(
            row.tenant_id, servers.note_commands, guild_id=row.pk, fingerprint=""
        )
        self._bot.panels.nudge(row.tenant_id)

    async def _row(self, guild_id: int) -> Guild | None:
        directory.forget(guild_id)
        return await directory.find(guild_id)
