"""Answers to REQUEST_GUILD_MEMBERS."""

from typing import Any

from simcord.backend import serializers
from simcord.backend.models import Member

from bot.simulator.backend import LocalBackend

CHUNK_SIZE = 1000


def chunks(backend: LocalBackend, request: dict[str, Any]) -> list[dict[str, Any]]:
    """GUILD_MEMBERS_CHUNK payloads for an op 8 request; none for a foreign guild."""
    guild_id = int(request["guild_id"])
    if not backend.is_member(guild_id, backend.bot_user.id):
        return []
    guild = backend.get_guild(guild_id)
    wanted = _wanted_ids(request)
    members = [
        member
        for member in guild.members.values()
        if _matches(backend, member, wanted, str(request.get("query") or ""))
    ]
    limit = int(request.get("limit") or 0)
    members = members[:limit] if limit else members
    pages = [
        members[start : start + CHUNK_SIZE]
        for start in range(0, len(members), CHUNK_SIZE)
    ] or [[]]
    payloads: list[dict[str, Any]] = []
    for index, page in enumerate(pages):
        payload: dict[str, Any] = {
            "guild_id": str(guild_id),
            "members": [
                dict(serializers.member_payload(backend, guild, member))
                for member in page
            ],
            "chunk_index": index,
            "chunk_count": len(pages),
        }
        if request.get("nonce"):
            payload["nonce"] = request["nonce"]
        if request.get("presences"):
            payload["presences"] = []
        payloads.append(payload)
    missing = sorted(wanted - set(guild.members)) if wanted else []
    if missing:
        payloads[0]["not_found"] = [str(user_id) for user_id in missing]
    return payloads


def _wanted_ids(request: dict[str, Any]) -> set[int]:
    ids = request.get("user_ids") or []
    return {int(user_id) for user_id in (ids if isinstance(ids, list) else [ids])}


def _matches(
    backend: LocalBackend, member: Member, wanted: set[int], query: str
) -> bool:
    if wanted:
        return member.user_id in wanted
    names = (backend.users[member.user_id].name, member.nick or "")
    return any(name.lower().startswith(query.lower()) for name in names)
