"""What one person sees: guilds, channels, messages, in the shape the page draws."""

from typing import Any

import discord
from simcord.backend import serializers
from simcord.backend.access import channel_accessible, message_accessible
from simcord.backend.models import Channel, Guild, Message
from simcord.enums import ChannelType

from bot.simulator import world
from bot.simulator.core import LocalDiscord
from bot.simulator.refusals import ActionRefused
from bot.simulator.seed import BOT_PERMISSIONS

_SEND = discord.Permissions.send_messages.flag
_SEND_IN_THREADS = discord.Permissions.send_messages_in_threads.flag
_LISTED = (
    ChannelType.TEXT,
    ChannelType.NEWS,
    ChannelType.CATEGORY,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
)


def people(local: LocalDiscord) -> list[dict[str, Any]]:
    """Everybody one can be."""
    return [
        {
            "id": str(person.id),
            "username": person.username,
            "display_name": person.display_name,
            "locale": local.backend.locales[person.id],
            "about": person.about,
            "avatar_url": avatar_url(person.id),
            "dm_open": person.id not in local.backend.closed_dms,
        }
        for person in world.PEOPLE
    ]


def avatar_url(user_id: int) -> str:
    """The picture of a user."""
    return f"/cdn/avatars/{user_id}/{user_id:032x}.png"


def home(local: LocalDiscord, person_id: int) -> dict[str, Any]:
    """Guilds with their visible channels, and conversations with the bot."""
    backend = local.backend
    dm = backend.find_dm_channel(person_id)
    return {
        "guilds": [
            _guild(local, guild, person_id)
            for _, guild in sorted(backend.guilds.items())
            if person_id in guild.members
        ],
        "dms": [_dm(local, dm, person_id)] if dm is not None else [],
        "dm_open": person_id not in backend.closed_dms,
        "other_guilds": [
            {"id": str(guild.id), "name": guild.name}
            for _, guild in sorted(backend.guilds.items())
            if person_id not in guild.members
        ],
        "bot": {
            "id": str(backend.bot_user.id),
            "name": backend.bot_user.name,
            "avatar_url": avatar_url(backend.bot_user.id),
            "permissions": str(BOT_PERMISSIONS),
            "online": any(s.connection for s in local.gateway.sessions.values()),
        },
    }


def history(
    local: LocalDiscord,
    channel_id: int,
    person_id: int,
    *,
    limit: int = 50,
    before: int | None = None,
) -> list[dict[str, Any]]:
    """Messages of a channel as this person sees them, oldest first.

    Ephemeral ones are included for the person they were meant for only. Raises
    ActionRefused when the person cannot see the channel.
    """
    backend = local.backend
    if not channel_accessible(backend, channel_id, person_id, history=True):
        raise ActionRefused("You cannot see that channel.")
    visible = [
        item
        for item in backend.messages.get(channel_id, {}).values()
        if (before is None or item.id < before)
        and (person_id, item.id) not in backend.dismissed
        and message_accessible(backend, channel_id, item, person_id, history=True)
    ]
    visible.sort(key=lambda item: item.id)
    return [message(local, item, viewer_id=person_id) for item in visible[-limit:]]


def message(local: LocalDiscord, item: Message, *, viewer_id: int) -> dict[str, Any]:
    """One message with the names a reader needs beside the ids."""
    backend = local.backend
    payload: Any = dict(serializers.message_payload(backend, item, for_user=viewer_id))
    author = dict(payload["author"])
    author["avatar_url"] = avatar_url(item.author_id)
    author["name"] = _name_in(local, item.channel_id, item.author_id, author)
    payload["author"] = author
    payload["author_colour"] = _colour_in(local, item)
    payload["ephemeral"] = item.is_ephemeral
    payload["loading"] = bool(item.flags & (1 << 7))
    payload["mentioned"] = viewer_id in item.ping_user_ids
    payload["own"] = item.author_id == viewer_id
    return payload


def channel(local: LocalDiscord, item: Channel, person_id: int) -> dict[str, Any]:
    """One channel as the list shows it."""
    last = _last_visible_id(local, item, person_id)
    return {
        "id": str(item.id),
        "type": int(item.type),
        "name": item.name,
        "topic": item.topic,
        "position": item.position,
        "parent_id": str(item.parent_id) if item.parent_id else None,
        "guild_id": str(item.guild_id) if item.guild_id else None,
        "last_message_id": str(last) if last else None,
        "can_send": may_send(local, item, person_id),
        "private": _is_private(local, item),
    }


def _last_visible_id(local: LocalDiscord, item: Channel, person_id: int) -> int | None:
    history = local.backend.messages.get(item.id, {})
    return max(
        (key for key, held in history.items() if held.visible_to(person_id)),
        default=None,
    )


def may_send(local: LocalDiscord, item: Channel, person_id: int) -> bool:
    """Whether the person may write here."""
    if item.guild_id is None:
        return True
    granted = local.backend.compute_permissions(item.guild_id, person_id, item.id)
    return bool(granted & (_SEND_IN_THREADS if item.is_thread else _SEND))


def _guild(local: LocalDiscord, guild: Guild, person_id: int) -> dict[str, Any]:
    backend = local.backend
    ids = [*guild.channel_ids, *guild.thread_ids]
    seen = [item for item in ids if channel_accessible(backend, item, person_id)]
    # As in Discord's app: a category is listed with the first channel one sees in it.
    listed = {*seen, *(backend.channels[item].parent_id for item in seen)}
    channels = [
        channel(local, backend.channels[item], person_id)
        for item in ids
        if item in listed and backend.channels[item].type in _LISTED
    ]
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "has_bot": backend.bot_user.id in guild.members,
        "channels": channels,
        "members": [_member(local, guild, user_id) for user_id in guild.members],
        "roles": [
            dict(serializers.role_payload(role)) for role in guild.roles.values()
        ],
    }


def _member(local: LocalDiscord, guild: Guild, user_id: int) -> dict[str, Any]:
    user = local.backend.users[user_id]
    member = guild.members[user_id]
    return {
        "id": str(user_id),
        "username": user.name,
        "name": member.nick or user.global_name or user.name,
        "bot": user.bot,
        "avatar_url": avatar_url(user_id),
        "role_ids": [str(role_id) for role_id in member.role_ids],
        "owner": guild.owner_id == user_id,
    }


def _dm(local: LocalDiscord, item: Channel, person_id: int) -> dict[str, Any]:
    shown = channel(local, item, person_id)
    shown["name"] = local.backend.bot_user.name
    return shown


def _is_private(local: LocalDiscord, item: Channel) -> bool:
    if item.guild_id is None:
        return False
    view = discord.Permissions.view_channel.flag
    return item.type == ChannelType.PRIVATE_THREAD or any(
        entry.target_id == item.guild_id and entry.deny & view
        for entry in item.overwrites
    )


def _name_in(
    local: LocalDiscord, channel_id: int, user_id: int, user: dict[str, Any]
) -> str:
    guild_id = local.backend.channels[channel_id].guild_id
    guild = local.backend.guilds.get(guild_id) if guild_id else None
    member = guild.members.get(user_id) if guild is not None else None
    if member is not None and member.nick:
        return member.nick
    return str(user.get("global_name") or user["username"])


def _colour_in(local: LocalDiscord, item: Message) -> str | None:
    guild_id = local.backend.channels[item.channel_id].guild_id
    guild = local.backend.guilds.get(guild_id) if guild_id else None
    member = guild.members.get(item.author_id) if guild is not None else None
    if guild is None or member is None:
        return None
    roles = [guild.roles[key] for key in member.role_ids if key in guild.roles]
    coloured = sorted((r for r in roles if r.color), key=lambda role: role.position)
    return f"#{coloured[-1].color:06x}" if coloured else None
