"""Servers come and go; commands follow them."""

import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from bot import bridge, command_sync
from bot.context import directory
from bot.services import servers
from ppob.kit import clock
from tenants.models import Guild
from tenants.services import guilds

if TYPE_CHECKING:
    from bot.client import TokoBot

log = logging.getLogger(__name__)


class Guilds(commands.Cog):
    """Notes where the bot is."""

    def __init__(self, bot: "TokoBot") -> None:
        self._bot = bot

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
        if row is not None:
            await bridge.call(row.tenant_id, guilds.bot_left, guild_id=guild.id)

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
        settings = await bridge.call(row.tenant_id, servers.settings_of, row.pk)
        try:
            await command_sync.sync_guild(
                self._bot.tree, row, known=settings.commands_hash
            )
        except (discord.HTTPException, discord.RateLimited) as error:
            log.warning("Commands of guild %s not updated: %s", guild.id, error)

    async def _row(self, guild_id: int) -> Guild | None:
        directory.forget(guild_id)
        return await directory.find(guild_id)
