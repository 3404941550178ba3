"""Routes of the bot API that SimCord leaves out or answers for a single-guild test."""

from collections.abc import Callable
from typing import Any

from simcord.backend import errors, serializers
from simcord.backend.errors import BackendError

from bot.simulator import world
from bot.simulator.backend import LocalBackend

# Message content, server members and presence, each in its "limited" form.
APPLICATION_FLAGS = (1 << 13) | (1 << 15) | (1 << 19)

Route = Callable[[LocalBackend, list[str]], Any]


class NotHere(LookupError):
    """This module has no such route; SimCord may."""


def answer(backend: LocalBackend, method: str, path: str) -> Any:
    """The answer of one of the routes below, or NotHere."""
    parts = path.strip("/").split("/")
    for route_method, template, route in _ROUTES:
        if route_method == method and _fits(template, parts):
            return route(backend, parts)
    raise NotHere(path)


def check_guild(backend: LocalBackend, path: str) -> None:
    """Refuse what concerns a guild the bot is not in."""
    parts = path.strip("/").split("/")
    if parts[0] == "guilds" and len(parts) > 1 and parts[1].isdecimal():
        if not backend.is_member(int(parts[1]), backend.bot_user.id):
            raise errors.unknown_guild()
    elif "guilds" in parts[1:-1] and parts[0] == "applications":
        guild_id = int(parts[parts.index("guilds") + 1])
        if not backend.is_member(guild_id, backend.bot_user.id):
            raise errors.missing_access()


def check_dm(backend: LocalBackend, method: str, path: str) -> None:
    """Refuse a direct message to somebody who does not take them."""
    parts = path.strip("/").split("/")
    if method != "POST" or parts[0] != "channels" or parts[2:] != ["messages"]:
        return
    channel = backend.channels.get(int(parts[1]))
    if channel is None or channel.guild_id is not None:
        return
    recipient_id = channel.recipient_ids[0]
    if recipient_id in backend.closed_dms:
        raise errors.cannot_dm_bot()
    if not backend.shares_guild_with_bot(recipient_id):
        detail = "Cannot send messages to this user due to having no mutual guilds"
        raise BackendError(403, 50278, detail)


def leave_guild(backend: LocalBackend, guild_id: int) -> None:
    """Take the bot out of a guild, with its managed role; the guild stays."""
    guild = backend.get_guild(guild_id)
    member = guild.members.pop(backend.bot_user.id, None)
    if member is None:
        raise errors.unknown_guild()
    for role_id in member.role_ids:
        if guild.roles[role_id].managed:
            del guild.roles[role_id]
    backend.commands.pop(guild_id, None)
    backend.emit("GUILD_DELETE", {"id": str(guild_id)})


def application(backend: LocalBackend) -> dict[str, Any]:
    """The application as the developer portal describes it."""
    bot = dict(serializers.user_payload(backend.bot_user))
    owner = dict(serializers.user_payload(backend.users[world.RIZKY.id]))
    return {
        "id": str(backend.application_id),
        "name": backend.bot_user.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "owner": owner,
        "flags": APPLICATION_FLAGS,
        "team": None,
        "bot": bot,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": len(backend.bot_guilds()),
    }


def _application(backend: LocalBackend, _parts: list[str]) -> Any:
    return application(backend)


def _leave(backend: LocalBackend, parts: list[str]) -> None:
    leave_guild(backend, int(parts[3]))


def _guilds(backend: LocalBackend, _parts: list[str]) -> Any:
    return [
        dict(serializers.guild_create_payload(backend, guild))
        for guild in backend.bot_guilds()
    ]


_ROUTES: tuple[tuple[str, str, Route], ...] = (
    ("GET", "applications/@me", _application),
    ("PATCH", "applications/@me", _application),
    ("GET", "oauth2/applications/@me", _application),
    ("GET", "users/@me/guilds", _guilds),
    ("DELETE", "users/@me/guilds/*", _leave),
)


def _fits(template: str, parts: list[str]) -> bool:
    wanted = template.split("/")
    return len(wanted) == len(parts) and all(
        want in ("*", part) for want, part in zip(wanted, parts, strict=True)
    )
