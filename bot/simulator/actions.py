"""What people do besides interactions: write, react, come, go, change permissions."""

from typing import Any

import discord
from simcord.backend import serializers
from simcord.backend.models import Channel, Message, Overwrite, Role
from simcord.enums import OverwriteType

from bot.simulator import extra_routes, presses, viewing
from bot.simulator.bodies import Upload
from bot.simulator.core import LocalDiscord
from bot.simulator.refusals import ActionRefused

MAX_CONTENT = 2000


def send(
    local: LocalDiscord,
    person_id: int,
    channel_id: int,
    content: str,
    *,
    files: list[Upload] | None = None,
    reply_to: int | None = None,
) -> Message:
    """Write a message as a person. Raises ActionRefused or BackendError."""
    backend = local.backend
    channel = _writable(local, person_id, channel_id)
    if len(content) > MAX_CONTENT:
        raise ActionRefused("The message is longer than 2000 characters.")
    reference = None
    if reply_to is not None:
        presses.visible_message(local, person_id, channel_id, reply_to)
        reference = backend.normalize_message_reference(
            channel_id, {"message_id": str(reply_to)}
        )
    attachments = [
        backend.cdn.store_attachment(
            backend.snowflake(), channel.id, item.filename, item.data, None
        )
        for item in files or []
    ]
    return backend.create_message(
        channel.id, person_id, content, reference=reference, attachments=attachments
    )


def open_dm(local: LocalDiscord, person_id: int) -> Channel:
    """The person's conversation with the bot, begun by the person."""
    local.storage.touch()
    return local.backend.get_dm_channel(person_id)


def set_dm_open(local: LocalDiscord, person_id: int, *, is_open: bool) -> None:
    """Let the person take or refuse direct messages from the bot."""
    local.storage.touch()
    if is_open:
        local.backend.closed_dms.discard(person_id)
    else:
        local.backend.closed_dms.add(person_id)


def dismiss(
    local: LocalDiscord, person_id: int, channel_id: int, message_id: int
) -> None:
    """Hide an ephemeral message from its reader; the bot's token still reaches it."""
    message = presses.visible_message(local, person_id, channel_id, message_id)
    if not message.is_ephemeral:
        raise ActionRefused("Only a private message can be dismissed.")
    local.backend.dismissed.add((person_id, message_id))
    local.storage.touch()
    local.live.tell(person_id, {"kind": "messages", "channel_id": str(channel_id)})


def react(
    local: LocalDiscord, person_id: int, message: Message, emoji: str, *, on: bool
) -> None:
    """Add or take back a reaction."""
    local.backend.set_reaction(message.channel_id, message.id, emoji, person_id, on)
    local.live.channel_changed(message.channel_id)


def join(local: LocalDiscord, guild_id: int, user_id: int) -> None:
    """Come into a guild."""
    if not local.backend.is_member(guild_id, user_id):
        local.backend.add_member(guild_id, user_id, announce=True)


def remove(local: LocalDiscord, guild_id: int, user_id: int) -> None:
    """Leave or be kicked; the bot leaves with its managed role."""
    if user_id == local.backend.bot_user.id:
        extra_routes.leave_guild(local.backend, guild_id)
        return
    local.backend.remove_member(guild_id, user_id)


def invite_bot(local: LocalDiscord, guild_id: int, permissions: int) -> None:
    """Put the bot into a guild with a managed role of exactly these permissions."""
    backend = local.backend
    guild = backend.get_guild(guild_id)
    bot_id = backend.bot_user.id
    if bot_id in guild.members:
        role = _bot_role(local, guild_id)
        backend.edit_role(guild_id, role.id, {"permissions": permissions})
        return
    role = Role(
        id=backend.snowflake(),
        name=backend.bot_user.name,
        permissions=permissions,
        position=1,
        managed=True,
    )
    for other in guild.roles.values():
        other.position += 1 if other.position >= 1 else 0
    guild.roles[role.id] = role
    backend.add_member(guild_id, bot_id, roles=[role.id])
    payload: Any = serializers.guild_create_payload(backend, guild)
    backend.emit("GUILD_CREATE", payload)


def set_bot_permissions(
    local: LocalDiscord, guild_id: int, *, allow: list[str], deny: list[str]
) -> int:
    """Give and take permissions of the bot's role by name; the bits that result."""
    role = _bot_role(local, guild_id)
    bits = (role.permissions | permission_bits(allow)) & ~permission_bits(deny)
    local.backend.edit_role(guild_id, role.id, {"permissions": bits})
    return bits


def set_overwrite(
    local: LocalDiscord, channel_id: int, target_id: int, allow: int, deny: int
) -> None:
    """Set what a role or member may do in one channel."""
    channel = local.backend.get_channel(channel_id)
    guild = local.backend.get_guild(channel.guild_id or 0)
    kind = OverwriteType.ROLE if target_id in guild.roles else OverwriteType.MEMBER
    local.backend.set_overwrite(
        channel_id, Overwrite(target_id=target_id, type=kind, allow=allow, deny=deny)
    )


def set_member_role(
    local: LocalDiscord, guild_id: int, user_id: int, role_id: int, *, on: bool
) -> None:
    """Give a role to a member or take it."""
    local.backend.get_role(guild_id, role_id)
    if on:
        local.backend.add_member_role(guild_id, user_id, role_id)
    else:
        local.backend.remove_member_role(guild_id, user_id, role_id)


def permission_bits(names: list[str] | int | str) -> int:
    """Bits of permission names such as "manage_channels"; numbers pass through."""
    if isinstance(names, int) or (isinstance(names, str) and names.isdecimal()):
        return int(names)
    bits = 0
    for name in [names] if isinstance(names, str) else names:
        if name not in discord.Permissions.VALID_FLAGS:
            raise ActionRefused(f"There is no permission {name}.")
        bits |= discord.Permissions.VALID_FLAGS[name]
    return bits


def _bot_role(local: LocalDiscord, guild_id: int) -> Role:
    guild = local.backend.get_guild(guild_id)
    member = guild.members.get(local.backend.bot_user.id)
    for role_id in member.role_ids if member is not None else []:
        if guild.roles[role_id].managed:
            return guild.roles[role_id]
    raise ActionRefused("The bot is not in this server.")


def _writable(local: LocalDiscord, person_id: int, channel_id: int) -> Channel:
    channel = local.backend.get_channel(channel_id)
    if channel.guild_id is None:
        if person_id not in channel.recipient_ids:
            raise ActionRefused("You cannot see that channel.")
        return channel
    if not local.backend.is_member(channel.guild_id, person_id):
        raise ActionRefused("You are not in that server.")
    if not viewing.may_send(local, channel, person_id):
        raise ActionRefused("You may not write in this channel.")
    local.backend.require_permissions(
        channel.guild_id, person_id, channel_id, "view_channel"
    )
    return channel
