"""What stands in a Discord server right now, read with the bot's own token.

Sources: Discord's developer documentation, "Guild", "Channel" and "Permissions".
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from bot.models import BotInstance
from bot.states import Desired
from ppob.kit.errors import DomainError
from security.discord import api
from security.discord.api import DiscordRefused
from tenants.models import Guild

CACHE_SECS = 15
BOT_ID_SECS = 24 * 3600
TEXT, CATEGORY, NEWS = 0, 4, 5
ADMINISTRATOR = 1 << 3
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EVERYTHING = (1 << 64) - 1
# Where the bot is not, Discord says “missing access” (50001), or that it knows none.
_ABSENT = (403, 404)


class BotAbsent(DomainError):
    """The bot is not in this server."""

    code = "BOT_ABSENT"
    http_status = 409
    default = _("The bot is not in your server yet. Add it first.")


@dataclass(frozen=True)
class ChannelInfo:
    """A channel; `can_post` says whether the bot may write there."""

    id: int
    name: str
    kind: int
    can_post: bool


@dataclass(frozen=True)
class RoleInfo:
    """A role; `position` grows upwards."""

    id: int
    name: str
    position: int
    is_managed: bool


@dataclass(frozen=True)
class ServerPicture:
    """A server as the bot sees it. `permissions` are the bot's own, server-wide."""

    name: str
    channels: tuple[ChannelInfo, ...]
    roles: tuple[RoleInfo, ...]
    permissions: int

    @property
    def text_channels(self) -> list[ChannelInfo]:
        """Channels in which a message can stand."""
        return [found for found in self.channels if found.kind in (TEXT, NEWS)]

    @property
    def categories(self) -> list[ChannelInfo]:
        """Categories in which channels can be made."""
        return [found for found in self.channels if found.kind == CATEGORY]

    @property
    def staff_roles(self) -> list[RoleInfo]:
        """Roles that people can be given, the highest first."""
        # Managed roles are integrations', position 0 is @everyone: none can be given.
        given = [role for role in self.roles if not role.is_managed and role.position]
        return sorted(given, key=lambda role: -role.position)

    def find_channel(self, channel_id: int | None) -> ChannelInfo | None:
        """The channel with this id."""
        return next((found for found in self.channels if found.id == channel_id), None)


def read_server(guild: Guild, *, fresh: bool = False) -> ServerPicture:
    """The server of the store in scope, at most `CACHE_SECS` old.

    Raises BotAbsent, DiscordAway or, for a token that Discord no longer accepts,
    DiscordRefused.
    """
    # The cache has no wall between stores, so the store stands in the key.
    key = f"server-picture:{guild.tenant_id}:{guild.discord_id}"
    kept: ServerPicture | None = None if fresh else cache.get(key)
    if kept is not None:
        return kept
    token = _token()
    authorization = f"Bot {token}"
    path = f"/guilds/{guild.discord_id}"
    try:
        server = api.call("GET", path, authorization=authorization)
        channels = api.call("GET", f"{path}/channels", authorization=authorization)
        me = api.call(
            "GET", f"{path}/members/{_bot_id(token)}", authorization=authorization
        )
    except DiscordRefused as refusal:
        cache.delete(key)
        if refusal.status in _ABSENT:
            raise BotAbsent from refusal
        raise
    picture = make_picture(server, channels, me)
    cache.set(key, picture, CACHE_SECS)
    return picture


def make_picture(
    server: dict[str, Any], channels: list[dict[str, Any]], me: dict[str, Any]
) -> ServerPicture:
    """The picture from Discord's guild, channel and member objects."""
    everyone = int(server["id"])
    # @everyone is a role with the server's own id, which no member's list names.
    mine = {everyone, *(int(role) for role in me["roles"])}
    permissions = 0
    for role in server["roles"]:
        if int(role["id"]) in mine:
            # Text, because the bits may not fit a JSON number.
            permissions |= int(role["permissions"])
    # No overwrite of a channel takes anything from an administrator.
    if permissions & ADMINISTRATOR:
        permissions = EVERYTHING
    bot_id = int(me["user"]["id"])
    return ServerPicture(
        name=str(server["name"]),
        channels=tuple(
            ChannelInfo(
                id=int(channel["id"]),
                name=str(channel["name"]),
                kind=int(channel["type"]),
                can_post=_can_post(channel, permissions, everyone, mine, bot_id),
            )
            for channel in sorted(channels, key=_channel_order)
            if channel["type"] in (TEXT, CATEGORY, NEWS)
        ),
        roles=tuple(
            RoleInfo(
                id=int(role["id"]),
                name=str(role["name"]),
                position=int(role["position"]),
                is_managed=bool(role.get("managed")),
            )
            for role in server["roles"]
        ),
        permissions=permissions,
    )


def _can_post(
    channel: dict[str, Any], base: int, everyone: int, mine: set[int], bot_id: int
) -> bool:
    """Discord's order: everyone's overwrite, the roles' together, then the member's."""
    if base == EVERYTHING:
        return True
    overwrites = {
        int(entry["id"]): (int(entry["allow"]), int(entry["deny"]))
        for entry in channel.get("permission_overwrites", [])
    }
    allowed = _applied(base, overwrites.get(everyone))
    roles = [overwrites[role] for role in mine - {everyone} if role in overwrites]
    allow = deny = 0
    for role_allow, role_deny in roles:
        allow, deny = allow | role_allow, deny | role_deny
    allowed = _applied(_applied(allowed, (allow, deny)), overwrites.get(bot_id))
    needed = VIEW_CHANNEL | SEND_MESSAGES
    return allowed & needed == needed


def _applied(permissions: int, overwrite: tuple[int, int] | None) -> int:
    if overwrite is None:
        return permissions
    allow, deny = overwrite
    return permissions & ~deny | allow


def _channel_order(channel: dict[str, Any]) -> tuple[int, int]:
    return int(channel.get("position", 0)), int(channel["id"])


def _token() -> str:
    own: BotInstance | None = BotInstance.objects.filter(
        desired=Desired.RUNNING
    ).first()
    # The shared bot need not be in the servers of a store that runs its own.
    if own is not None and own.token:
        return own.token.reveal()
    shared: str = settings.DISCORD["BOT_TOKEN"]
    return shared


def _bot_id(token: str) -> str:
    # The first part of a token names the account; it is not secret.
    key = f"bot-id:{token.partition('.')[0]}"
    kept: str | None = cache.get(key)
    if kept is None:
        kept = str(api.call("GET", "/users/@me", authorization=f"Bot {token}")["id"])
        cache.set(key, kept, BOT_ID_SECS)
    return kept
