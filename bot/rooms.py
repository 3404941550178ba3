"""Making a ticket's channel: private from its first moment, and checked afterwards."""

import asyncio
import logging
from typing import Any

import discord
from django.utils.translation import gettext_lazy as _

from bot import bridge
from bot.services import servers, tickets
from bot.services.tickets import RoomPlan
from ppob.kit import clock
from ppob.kit.errors import DomainError

log = logging.getLogger(__name__)

CATEGORY_NAME = "TIKET"
CATEGORY_CHANNELS = 50
GUILD_CHANNELS = 500
_NAME_REFUSED = 50035

_READ_WRITE = discord.PermissionOverwrite(
    view_channel=True,
    send_messages=True,
    read_message_history=True,
    attach_files=True,
    embed_links=True,
)
_BOT = discord.PermissionOverwrite(
    view_channel=True,
    send_messages=True,
    read_message_history=True,
    attach_files=True,
    embed_links=True,
    manage_channels=True,
)
_HIDDEN = discord.PermissionOverwrite(view_channel=False)


class NoRoom(DomainError):
    """No private channel can be made; the order was cancelled."""

    code = "NO_ROOM"
    http_status = 409
    default = _(
        "The store cannot open a ticket right now, so nothing was ordered and nothing "
        "was charged. The seller was told what to fix. Please try again later."
    )

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class RoomMaker:
    """Makes channels for tickets, one attempt per ticket at a time."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot
        self._busy: dict[int, asyncio.Lock] = {}

    def check(self, guild_id: int) -> None:
        """Raise NoRoom when it is clear beforehand that no channel can be made."""
        guild = self._bot.get_guild(guild_id)
        if guild is None:
            raise NoRoom("forbidden")
        if not guild.me.guild_permissions.manage_channels:
            raise NoRoom("forbidden")
        if len(guild.channels) >= GUILD_CHANNELS:
            raise NoRoom("full")

    async def make(self, tenant_id: int, ticket_id: int) -> int | None:
        """The channel of the ticket, made if there is none; None if none is needed.

        When it cannot be made the order is cancelled and NoRoom raised.
        """
        lock = self._busy.setdefault(ticket_id, asyncio.Lock())
        try:
            async with lock:
                return await self._make(tenant_id, ticket_id)
        finally:
            if not lock.locked():
                self._busy.pop(ticket_id, None)

    async def _make(self, tenant_id: int, ticket_id: int) -> int | None:
        plan = await bridge.call(tenant_id, tickets.plan_room, ticket_id)
        if plan is None:
            return None
        try:
            channel = await self._channel(tenant_id, plan)
        except (NoRoom, discord.Forbidden) as refusal:
            reason = refusal.reason if isinstance(refusal, NoRoom) else "forbidden"
            log.warning("No channel for ticket %s: %s", ticket_id, reason)
            await bridge.call(
                tenant_id, tickets.abandon, ticket_id, reason=reason, now=clock.now()
            )
            raise NoRoom(reason) from None
        await bridge.call(
            tenant_id,
            tickets.room_ready,
            ticket_id,
            channel_id=channel.id,
            name=channel.name,
        )
        return channel.id

    async def _channel(self, tenant_id: int, plan: RoomPlan) -> discord.TextChannel:
        self.check(plan.guild_id)
        guild = self._bot.get_guild(plan.guild_id)
        if guild is None:
            raise NoRoom("forbidden")
        for made in guild.text_channels:
            if made.topic == plan.topic:
                return made  # from before a crash
        category = await self._category(tenant_id, guild, plan)
        channel = await _create(guild, category, plan)
        fresh = await guild.fetch_channel(channel.id)
        others = (
            who_else_sees(fresh, plan)
            if isinstance(fresh, discord.TextChannel)
            else ["everybody"]
        )
        if others:
            log.error("Ticket %s could be seen by %s", plan.ticket_id, others)
            await channel.delete(reason="The ticket was not private")
            raise NoRoom("not_private")
        return channel

    async def _category(
        self, tenant_id: int, guild: discord.Guild, plan: RoomPlan
    ) -> discord.CategoryChannel | None:
        if plan.category_id is not None:
            chosen = guild.get_channel(plan.category_id)
            if isinstance(chosen, discord.CategoryChannel):
                return chosen if len(chosen.channels) < CATEGORY_CHANNELS else None
        known = discord.utils.get(guild.categories, name=CATEGORY_NAME)
        if known is None:
            known = await guild.create_category(
                CATEGORY_NAME,
                overwrites={guild.default_role: _HIDDEN, guild.me: _BOT},
                reason="Category for tickets",
            )
        await bridge.call(
            tenant_id,
            servers.note_category,
            guild_id=plan.guild_row_id,
            category_id=known.id,
        )
        return known if len(known.channels) < CATEGORY_CHANNELS else None


async def _create(
    guild: discord.Guild, category: discord.CategoryChannel | None, plan: RoomPlan
) -> discord.TextChannel:
    """The channel, with all its permissions in the one request that makes it."""
    taken = {channel.name for channel in guild.text_channels}
    names = [name for name in plan.names if name not in taken] or plan.names[-1:]
    for position, name in enumerate(names):
        try:
            return await guild.create_text_channel(
                name,
                category=category,
                topic=plan.topic,
                overwrites=_overwrites(guild, plan),
                reason="Ticket",
            )
        except discord.HTTPException as refusal:
            is_last = position == len(names) - 1
            if is_last or refusal.code != _NAME_REFUSED:
                raise
    raise NoRoom("forbidden")


def _overwrites(guild: discord.Guild, plan: RoomPlan) -> dict[Any, Any]:
    overwrites: dict[Any, Any] = {
        guild.default_role: _HIDDEN,
        guild.me: _BOT,
        discord.Object(plan.buyer_id, type=discord.Member): _READ_WRITE,
    }
    # The library takes a bare id for a member, so the role has to be a real one.
    staff = guild.get_role(plan.staff_role_id or 0)
    if staff is not None:
        overwrites[staff] = _READ_WRITE
    return overwrites


def who_else_sees(channel: discord.TextChannel, plan: RoomPlan) -> list[str]:
    """Roles and people besides buyer, staff role, this bot and administrators."""
    seen = [
        f"role {role.id}"
        for role in channel.guild.roles
        if role.id != plan.staff_role_id
        and not role.permissions.administrator
        and not role.is_bot_managed()
        and channel.permissions_for(role).view_channel
    ]
    allowed = {plan.buyer_id, channel.guild.me.id}
    seen += [
        f"user {target.id}"
        for target, overwrite in channel.overwrites.items()
        if overwrite.view_channel
        and not isinstance(target, discord.Role)
        and target.id not in allowed
    ]
    return seen
