"""The `resolved` part of interactions: objects behind the ids a person chose."""

from collections.abc import Iterable
from typing import Any

from simcord.backend import serializers
from simcord.backend.access import channel_accessible

from bot.simulator.backend import LocalBackend
from bot.simulator.refusals import ActionRefused

USER, ROLE, CHANNEL, MENTIONABLE = "user", "role", "channel", "mentionable"
SELECT_KINDS = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}
OPTION_KINDS = {6: USER, 7: CHANNEL, 8: ROLE, 9: MENTIONABLE}

Resolved = dict[str, dict[str, Any]]


def add(
    backend: LocalBackend,
    resolved: Resolved,
    *,
    kind: str,
    ids: Iterable[str],
    person_id: int,
    channel_id: int,
) -> None:
    """Add the objects of these ids; ActionRefused for one the person cannot choose."""
    guild_id = backend.get_channel(channel_id).guild_id
    for wire_id in ids:
        found = int(wire_id)
        if kind in (USER, MENTIONABLE) and found in backend.users:
            _add_user(backend, resolved, found, guild_id)
        elif kind in (ROLE, MENTIONABLE) and _has_role(backend, guild_id, found):
            role = backend.get_role(guild_id or 0, found)
            payload = dict(serializers.role_payload(role))
            resolved.setdefault("roles", {})[wire_id] = payload
        elif kind == CHANNEL and channel_accessible(backend, found, person_id):
            _add_channel(backend, resolved, found, person_id)
        else:
            raise ActionRefused(f"There is no such {kind} here.")


def _add_user(
    backend: LocalBackend, resolved: Resolved, user_id: int, guild_id: int | None
) -> None:
    user = dict(serializers.user_payload(backend.get_user(user_id)))
    resolved.setdefault("users", {})[str(user_id)] = user
    if guild_id is None or not backend.is_member(guild_id, user_id):
        return
    guild = backend.get_guild(guild_id)
    member: Any = dict(
        serializers.member_payload(
            backend, guild, guild.members[user_id], with_user=False
        )
    )
    member["permissions"] = str(backend.compute_permissions(guild_id, user_id))
    resolved.setdefault("members", {})[str(user_id)] = member


def _add_channel(
    backend: LocalBackend, resolved: Resolved, channel_id: int, person_id: int
) -> None:
    channel = backend.get_channel(channel_id)
    payload: Any = dict(serializers.channel_payload(backend, channel))
    if channel.guild_id is not None:
        granted = backend.compute_permissions(channel.guild_id, person_id, channel_id)
        payload["permissions"] = str(granted)
    resolved.setdefault("channels", {})[str(channel_id)] = payload


def _has_role(backend: LocalBackend, guild_id: int | None, role_id: int) -> bool:
    return guild_id is not None and role_id in backend.get_guild(guild_id).roles
