"""What happens in tickets' channels: conversation, deletion, unfinished work."""

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import discord
from discord.ext import commands
from django.db import Error as DatabaseError

from bot import bridge, ticket_names
from bot.cross_tenant.tickets import (
    TicketChannel,
    list_channelless_tickets,
    list_ticket_channels,
)
from bot.network import CUT
from bot.runtime import transcript_recorder
from bot.services import leftover_channels, panels, servers, ticket_channels
from bot.services import transcripts as transcript_rows
from bot.services.leftover_channels import FoundChannel
from bot.states import PauseReason
from bot.ui.context import directory
from ppob.kit import clock
from ppob.kit.errors import DomainError

if TYPE_CHECKING:
    from bot.runtime.client import TokoBot

log = logging.getLogger(__name__)

REPAIR_EVERY_SECS = 60.0
REPAIR_AFTER = timedelta(seconds=20)  # the click itself makes the channel before that
LEFT_AFTER = timedelta(minutes=5)  # a channel that young may still find its ticket


class Tickets(commands.Cog):
    """Keeps transcripts and finishes what a crash interrupted."""

    def __init__(self, bot: "TokoBot") -> None:
        self._bot = bot
        self._channels: dict[int, int] = {}
        self._missing: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    async def cog_load(self) -> None:
        """Start looking for unfinished work."""
        self._task = asyncio.create_task(self._repair_forever(), name="tickets")

    async def cog_unload(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Keep what is written in a ticket."""
        tenant_id = await self._tenant_of(message.channel)
        if tenant_id is not None:
            await transcript_recorder.keep(tenant_id, message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Keep what it was changed to."""
        tenant_id = self._channels.get(event.channel_id)
        if tenant_id is not None and event.message.author.id:
            await transcript_recorder.keep(tenant_id, event.message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Keep what was deleted, and say so."""
        await self._deleted(event.channel_id, [event.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(
        self, event: discord.RawBulkMessageDeleteEvent
    ) -> None:
        """The same for many at once."""
        await self._deleted(event.channel_id, sorted(event.message_ids))

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A ticket without its channel ends; panels of the channel rest."""
        guild = await self._store_of(channel.guild.id)
        if guild is None:
            return
        self._channels.pop(channel.id, None)
        now = clock.now()
        await bridge.call(guild, ticket_channels.channel_lost, channel.id, now=now)
        await bridge.call(guild, servers.log_channel_deleted, channel.id, now=now)
        await bridge.call(
            guild, panels.pause_channel, channel.id, reason=PauseReason.GONE, now=now
        )

    async def _deleted(self, channel_id: int, message_ids: list[int]) -> None:
        await self._bot.panels.messages_deleted(channel_id, message_ids)
        tenant_id = self._channels.get(channel_id)
        if tenant_id is not None:
            await bridge.call(
                tenant_id,
                transcript_rows.note_deleted,
                channel_id=channel_id,
                discord_ids=message_ids,
                now=clock.now(),
            )

    async def _tenant_of(self, channel: object) -> int | None:
        """The store of a ticket's channel; its topic tells a new one from others."""
        if not isinstance(channel, discord.TextChannel):
            return None
        if channel.id not in self._channels:
            if not ticket_names.is_topic(channel.topic):
                return None
            tenant_id = await self._store_of(channel.guild.id)
            if tenant_id is None:
                return None
            self._channels[channel.id] = tenant_id
        return self._channels[channel.id]

    async def _store_of(self, guild_id: int) -> int | None:
        guild = await directory.find(guild_id)
        if guild is None or not self._bot.serving.accepts(guild.tenant_id):
            return None
        return guild.tenant_id

    async def _repair_forever(self) -> None:
        await self._bot.wait_until_ready()
        while True:
            try:
                await self.repair()
            except (DatabaseError, OSError):
                log.exception("Unfinished tickets could not be looked at")
            await asyncio.sleep(REPAIR_EVERY_SECS)

    async def repair(self) -> None:
        """Make channels that are missing and end tickets whose channel is."""
        serving = self._bot.serving
        known = await bridge.across(list_ticket_channels, serving)
        self._channels = {row.channel_id: row.tenant_id for row in known}
        await self._notice_deleted(known)
        waiting = await bridge.across(
            list_channelless_tickets, serving, created_before=clock.now() - REPAIR_AFTER
        )
        for tenant_id, ticket_id in waiting:
            try:
                await self._bot.ticket_channels.make(tenant_id, ticket_id)
            except DomainError as refusal:
                log.warning("Ticket %s has no channel yet: %s", ticket_id, refusal.code)
        await self._remove_leftovers()

    async def _remove_leftovers(self) -> None:
        """Delete channels that were made for a ticket which has another one or none."""
        now = clock.now()
        for guild in list(self._bot.guilds):
            found = [
                FoundChannel(channel.id, reference)
                for channel in guild.text_channels
                if (reference := ticket_names.reference_of(channel.topic)) is not None
                and channel.id not in self._channels
                and now - channel.created_at > LEFT_AFTER
            ]
            tenant_id = await self._store_of(guild.id) if found else None
            if tenant_id is None:
                continue
            await bridge.call(
                tenant_id, leftover_channels.close_forgotten, found, now=now
            )
            for channel_id in await bridge.call(
                tenant_id, leftover_channels.list_leftovers, found
            ):
                await self._delete_leftover(channel_id)

    async def _delete_leftover(self, channel_id: int) -> None:
        try:
            await self._bot.http.delete_channel(
                channel_id, reason="It belongs to no ticket"
            )
        except discord.NotFound:
            return
        except (discord.HTTPException, discord.RateLimited, *CUT) as error:
            log.warning("Channel %s is left over: %s", channel_id, error)
        else:
            log.warning("Channel %s belonged to no ticket; deleted", channel_id)

    async def _notice_deleted(self, known: list[TicketChannel]) -> None:
        """Channels deleted while nobody listened; twice missing is not just new."""
        missing = set()
        for row in known:
            guild = self._bot.get_guild(row.guild_id)
            if guild is None or guild.unavailable:
                continue
            if guild.get_channel(row.channel_id) is None:
                missing.add(row.channel_id)
                if row.channel_id in self._missing:
                    await bridge.call(
                        row.tenant_id,
                        ticket_channels.channel_lost,
                        row.channel_id,
                        now=clock.now(),
                    )
        self._missing = missing
