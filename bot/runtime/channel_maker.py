"""Making a ticket's channel: private from its first moment, and checked afterwards."""

import asyncio
import logging
import time
from datetime import timedelta
from typing import Any

import discord
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bot import bridge
from bot.network import CUT
from bot.presenters.text import countdown
from bot.runtime.categories import Categories
from bot.services import servers, ticket_channels
from bot.services.ticket_channels import ChannelPlan
from ppob.kit import clock
from ppob.kit.errors import DomainError
from ppob.kit.i18n import filled

log = logging.getLogger(__name__)

GUILD_CHANNELS = 500
CATEGORIES_TRIED = 5
PATIENCE_SECS = 120.0  # longer than that, nobody waits in front of an empty place
SOON_SECS = 60.0  # the next look at tickets without a channel
_INVALID, _FULL, _OWNER_FACTOR = 50035, 30013, 60003

# What a ticket's channel is made with. Discord refuses to give what the bot lacks.
NEEDED = (
    "view_channel",
    "send_messages",
    "read_message_history",
    "attach_files",
    "embed_links",
    "manage_channels",
)
_READ_WRITE = discord.PermissionOverwrite(
    view_channel=True,
    send_messages=True,
    read_message_history=True,
    attach_files=True,
    embed_links=True,
)
_BOT = discord.PermissionOverwrite(**dict.fromkeys(NEEDED, True))
_HIDDEN = discord.PermissionOverwrite(view_channel=False)


class NoChannel(DomainError):
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


class ChannelsLimited(NoChannel):
    """Discord takes no more channels for a while; nothing was ordered."""

    code = "ROOMS_REST"

    def __init__(self, secs: float) -> None:
        super().__init__("busy")
        self.sentence = _at(
            _(
                "Discord opens no new tickets here for the moment. Nothing was ordered "
                "and nothing was charged. Please press Buy again %(when)s."
            ),
            secs,
        )


class ChannelComesLater(DomainError):
    """The ticket is there, its channel follows by itself."""

    code = "ROOM_COMES_LATER"
    http_status = 503

    def __init__(self, secs: float) -> None:
        super().__init__(
            _at(
                _(
                    "Your order is written down, but Discord is slow in opening its "
                    "ticket. It opens by itself %(when)s; you don't have to do "
                    "anything. Nothing was charged."
                ),
                secs,
            )
        )


class ChannelMaker:
    """Makes channels for tickets, one attempt per ticket at a time."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot
        self._busy: dict[int, asyncio.Lock] = {}
        self._categories = Categories()
        self._rests: dict[int, float] = {}  # servers where Discord made us wait

    def check(self, guild_id: int) -> None:
        """Raise NoChannel when it is clear beforehand that no channel can be made."""
        guild = self._bot.get_guild(guild_id)
        if guild is None:
            raise NoChannel("absent")
        if missing := _missing(guild.me.guild_permissions):
            raise NoChannel(missing)
        if len(guild.channels) >= GUILD_CHANNELS:
            raise NoChannel("full")
        left = self._rests.get(guild_id, 0.0) - time.monotonic()
        if left > PATIENCE_SECS:
            raise ChannelsLimited(left)

    async def make(self, tenant_id: int, ticket_id: int) -> int | None:
        """The channel of the ticket, made if there is none; None if none is needed.

        When it cannot be made the order is cancelled and NoChannel raised. When Discord
        is away or slow the ticket stays, and ChannelComesLater says until when.
        """
        lock = self._busy.setdefault(ticket_id, asyncio.Lock())
        try:
            async with lock:
                return await self._make(tenant_id, ticket_id)
        finally:
            if not lock.locked():
                self._busy.pop(ticket_id, None)

    async def _make(self, tenant_id: int, ticket_id: int) -> int | None:
        plan = await bridge.call(tenant_id, ticket_channels.plan_channel, ticket_id)
        if plan is None:
            return None
        try:
            channel = await self._channel(tenant_id, plan)
        except (
            DomainError,
            discord.HTTPException,
            discord.RateLimited,
            *CUT,
        ) as why:
            refusal = self._refusal(plan, why)
            log.warning("No channel for ticket %s: %s", ticket_id, why)
            if isinstance(refusal, NoChannel):
                await bridge.call(
                    tenant_id,
                    ticket_channels.abandon,
                    ticket_id,
                    reason=refusal.reason,
                    now=clock.now(),
                )
            raise refusal from why
        await bridge.call(
            tenant_id,
            ticket_channels.channel_ready,
            ticket_id,
            channel_id=channel.id,
            name=channel.name,
        )
        return channel.id

    def _refusal(self, plan: ChannelPlan, why: Exception) -> DomainError:
        """What the buyer reads: try later, it comes by itself, or the seller's turn."""
        if isinstance(why, DomainError):
            return why
        if isinstance(why, discord.RateLimited):
            self._rests[plan.guild_id] = time.monotonic() + why.retry_after
            if why.retry_after > PATIENCE_SECS:
                return ChannelsLimited(why.retry_after)
            return ChannelComesLater(max(why.retry_after, SOON_SECS))
        if isinstance(why, discord.HTTPException):
            if why.code == _FULL:
                return NoChannel("full")
            if why.code == _OWNER_FACTOR:
                return NoChannel("owner_factor")
            if why.status == 403:
                return NoChannel(self._what_is_missing(plan))
        return ChannelComesLater(SOON_SECS)

    def _what_is_missing(self, plan: ChannelPlan) -> str:
        """Which permission the bot lacks: in the server, else in the category."""
        guild = self._bot.get_guild(plan.guild_id)
        if guild is None:
            return "absent"
        category = guild.get_channel(plan.category_id or 0)
        return (
            _missing(guild.me.guild_permissions)
            or ("category" if category is not None else "")
            or "forbidden"
        )

    async def _channel(self, tenant_id: int, plan: ChannelPlan) -> discord.TextChannel:
        guild = self._bot.get_guild(plan.guild_id)
        if guild is None:
            raise NoChannel("absent")
        for made in guild.text_channels:
            if made.topic == plan.topic:  # from before a crash
                return await self._require_private(guild, made, plan)
        self.check(plan.guild_id)
        channel = await self._create(tenant_id, guild, plan)
        return await self._require_private(guild, channel, plan)

    async def _create(
        self, tenant_id: int, guild: discord.Guild, plan: ChannelPlan
    ) -> discord.TextChannel:
        """The channel, in a category that Discord does not find full."""
        full: set[int] = set()
        while True:
            category = await self._categories.find(
                guild, chosen_id=plan.category_id, full=full
            )
            if plan.category_id is None:
                await bridge.call(
                    tenant_id,
                    servers.note_category,
                    guild_id=plan.guild_row_id,
                    category_id=category.id,
                )
            try:
                with self._categories.one_more_in(category):
                    return await _create(guild, category, plan)
            except discord.HTTPException as refusal:
                # Channels that the bot does not see count as well.
                if not _is_about(refusal, "parent_id") or len(full) >= CATEGORIES_TRIED:
                    raise
                full.add(category.id)

    async def _require_private(
        self, guild: discord.Guild, channel: discord.TextChannel, plan: ChannelPlan
    ) -> discord.TextChannel:
        """The channel, if Discord says that nobody else sees it; else it is deleted.

        Where even that fails the ticket ends; the channel is found and removed later.
        """
        fresh = await guild.fetch_channel(channel.id)
        others = (
            who_else_sees(fresh, plan)
            if isinstance(fresh, discord.TextChannel)
            else ["everybody"]
        )
        if not others:
            return channel
        log.error("Ticket %s could be seen by %s", plan.ticket_id, others)
        try:
            await channel.delete(reason="The ticket was not private")
        except (discord.HTTPException, discord.RateLimited, *CUT) as error:
            log.error("Channel %s could not be deleted: %s", channel.id, error)
        raise NoChannel("not_private")


async def _create(
    guild: discord.Guild, category: discord.CategoryChannel, plan: ChannelPlan
) -> discord.TextChannel:
    """The channel, with all its permissions in the one request that makes it."""
    taken = {channel.name for channel in guild.text_channels}
    names = [name for name in plan.names if name not in taken] or plan.names[-1:]
    for name in names[:-1]:
        try:
            return await _create_named(guild, category, plan, name)
        except discord.HTTPException as refusal:
            if not _is_about(refusal, "name"):
                raise
    return await _create_named(guild, category, plan, names[-1])


async def _create_named(
    guild: discord.Guild,
    category: discord.CategoryChannel,
    plan: ChannelPlan,
    name: str,
) -> discord.TextChannel:
    return await guild.create_text_channel(
        name,
        category=category,
        topic=plan.topic,
        overwrites=_overwrites(guild, plan),
        reason="Ticket",
    )


def _is_about(refusal: discord.HTTPException, field: str) -> bool:
    """Whether Discord refused this field of the request (its word is 50035)."""
    return refusal.code == _INVALID and f"In {field}:" in refusal.text


def _missing(permissions: discord.Permissions) -> str:
    """The first permission the bot lacks, as `missing:<name>`, or ""."""
    lacking = [name for name in NEEDED if not getattr(permissions, name)]
    return f"missing:{lacking[0]}" if lacking else ""


def _at(sentence: Promise, secs: float) -> Promise:
    """The sentence with the moment in so many seconds, in each reader's own time."""
    return filled(sentence, when=countdown(clock.now() + timedelta(seconds=secs + 1)))


def _overwrites(guild: discord.Guild, plan: ChannelPlan) -> dict[Any, Any]:
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


def who_else_sees(channel: discord.TextChannel, plan: ChannelPlan) -> list[str]:
    """Roles and people besides buyer, staff role, this bot and administrators.

    Administrators see every channel of a server; the ticket tells its buyer so. Other
    bots count as anybody.
    """
    seen = [
        f"role {role.id}"
        for role in channel.guild.roles
        if role.id != plan.staff_role_id
        and not role.permissions.administrator
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
