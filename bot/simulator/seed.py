"""Put the fixed world of `world.py` into an empty backend."""

from dataclasses import dataclass

import discord
from simcord.backend import DEFAULT_EVERYONE_PERMISSIONS
from simcord.backend.models import Channel, Guild, Member, Overwrite, Role
from simcord.enums import ChannelType, OverwriteType

from bot.simulator import world
from bot.simulator.backend import LocalBackend

BORN = "2024-01-01T00:00:00+00:00"

EVERYONE = (
    DEFAULT_EVERYONE_PERMISSIONS
    | discord.Permissions(create_private_threads=True, add_reactions=True).value
)
BOT_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    manage_channels=True,
    manage_roles=True,
    manage_threads=True,
).value
_VIEW = discord.Permissions.view_channel.flag
_SEND = discord.Permissions.send_messages.flag


@dataclass(frozen=True)
class _Store:
    guild_id: int
    name: str
    owner: world.Person
    members: tuple[world.Person, ...]
    staff_role_id: int
    bot_role_id: int
    channel_ids: tuple[int, int, int]


def build(backend: LocalBackend) -> None:
    """Two stores with the bot in them, and a server that waits for its bot."""
    _build_store(
        backend,
        _Store(
            world.RIZKY_GUILD_ID,
            "Toko Rizky",
            world.RIZKY,
            (world.AYU, world.BIMA, world.CITRA),
            world.RIZKY_STAFF_ROLE_ID,
            world.RIZKY_BOT_ROLE_ID,
            (world.RIZKY_GENERAL_ID, world.RIZKY_PRODUCTS_ID, world.RIZKY_LOG_ID),
        ),
    )
    _build_store(
        backend,
        _Store(
            world.DEWI_GUILD_ID,
            "Toko Dewi",
            world.DEWI,
            (world.EKO, world.AYU),
            world.DEWI_STAFF_ROLE_ID,
            world.DEWI_BOT_ROLE_ID,
            (world.DEWI_GENERAL_ID, world.DEWI_PRODUCTS_ID, world.DEWI_LOG_ID),
        ),
    )
    new = _add_guild(backend, world.NEW_GUILD_ID, "Server Baru", world.RIZKY)
    _add_member(new, world.BIMA.id)
    _add_channel(backend, new, world.NEW_GENERAL_ID, "umum", [])


def _build_store(backend: LocalBackend, store: _Store) -> None:
    guild = _add_guild(backend, store.guild_id, store.name, store.owner)
    for person in store.members:
        _add_member(guild, person.id)
    guild.roles[store.staff_role_id] = Role(
        id=store.staff_role_id, name="Staf", position=1, color=0x3BA55C, hoist=True
    )
    guild.roles[store.bot_role_id] = Role(
        id=store.bot_role_id,
        name=world.BOT_NAME,
        permissions=BOT_PERMISSIONS,
        position=2,
        managed=True,
    )
    _add_member(guild, world.BOT_ID, store.bot_role_id)

    general, products, log = store.channel_ids
    staff, bot = store.staff_role_id, store.bot_role_id
    _add_channel(backend, guild, general, "umum", [])
    read_only = [
        _overwrite(guild.id, deny=_SEND),
        _overwrite(bot, allow=_VIEW | _SEND),
    ]
    _add_channel(backend, guild, products, "produk", read_only)
    private = [
        _overwrite(guild.id, deny=_VIEW),
        _overwrite(staff, allow=_VIEW | _SEND),
        _overwrite(bot, allow=_VIEW | _SEND),
    ]
    _add_channel(backend, guild, log, "log-toko", private)


def _add_guild(
    backend: LocalBackend, guild_id: int, name: str, owner: world.Person
) -> Guild:
    guild = Guild(id=guild_id, name=name, owner_id=owner.id, preferred_locale="id")
    guild.roles[guild_id] = Role(id=guild_id, name="@everyone", permissions=EVERYONE)
    backend.guilds[guild_id] = guild
    _add_member(guild, owner.id)
    return guild


def _add_member(guild: Guild, user_id: int, *role_ids: int) -> None:
    guild.members[user_id] = Member(
        user_id=user_id, role_ids=list(role_ids), joined_at=BORN
    )


def _add_channel(
    backend: LocalBackend,
    guild: Guild,
    channel_id: int,
    name: str,
    overwrites: list[Overwrite],
) -> None:
    backend.channels[channel_id] = Channel(
        id=channel_id,
        type=ChannelType.TEXT,
        name=name,
        guild_id=guild.id,
        position=len(guild.channel_ids),
        overwrites=overwrites,
    )
    backend.messages[channel_id] = {}
    guild.channel_ids.append(channel_id)


def _overwrite(role_id: int, *, allow: int = 0, deny: int = 0) -> Overwrite:
    return Overwrite(target_id=role_id, type=OverwriteType.ROLE, allow=allow, deny=deny)
