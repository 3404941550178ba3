"""What an OAuth access token may read."""

from datetime import UTC, datetime, timedelta
from typing import Any

from simcord.backend import serializers
from simcord.backend.errors import BackendError

from bot.simulator import extra_routes
from bot.simulator.core import LocalDiscord
from bot.simulator.oauth_grants import TOKEN_LIFE_SECS, Grant

_UNAUTHORIZED = BackendError(401, 0, "401: Unauthorized")
_MISSING_SCOPE = BackendError(403, 50001, "Missing Access")


def answer(local: LocalDiscord, method: str, path: str, token: str) -> Any:
    """The resource behind `path` for the holder of `token`; BackendError otherwise."""
    grant = local.oauth.find_access(token)
    if grant is None:
        raise _UNAUTHORIZED
    if method == "GET" and path == "/users/@me":
        return user(local, grant)
    if method == "GET" and path == "/users/@me/guilds":
        return guilds(local, grant)
    if method == "GET" and path == "/oauth2/@me":
        return authorization(local, grant)
    raise _MISSING_SCOPE


def user(local: LocalDiscord, grant: Grant) -> dict[str, Any]:
    """The person, with the address only when the `email` scope was granted."""
    if "identify" not in grant.scopes:
        raise _MISSING_SCOPE
    payload: dict[str, Any] = dict(
        serializers.user_payload(local.backend.get_user(grant.user_id))
    )
    payload["locale"] = local.backend.locales.get(grant.user_id, "id")
    payload["mfa_enabled"] = False
    payload["verified"] = True
    if "email" in grant.scopes:
        payload["email"] = f"{payload['username']}@discord.invalid"
    return payload


def guilds(local: LocalDiscord, grant: Grant) -> list[dict[str, Any]]:
    """The guilds of the person with their permissions there."""
    if "guilds" not in grant.scopes:
        raise _MISSING_SCOPE
    backend = local.backend
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": guild.owner_id == grant.user_id,
            "permissions": str(backend.compute_permissions(guild.id, grant.user_id)),
            "features": [],
            "approximate_member_count": len(guild.members),
        }
        for _, guild in sorted(backend.guilds.items())
        if grant.user_id in guild.members
    ]


def authorization(local: LocalDiscord, grant: Grant) -> dict[str, Any]:
    """What this token stands for."""
    expires = datetime.fromtimestamp(grant.made_at, UTC) + timedelta(
        seconds=TOKEN_LIFE_SECS
    )
    payload: dict[str, Any] = {
        "application": extra_routes.application(local.backend),
        "scopes": list(grant.scopes),
        "expires": expires.isoformat(),
    }
    if "identify" in grant.scopes:
        payload["user"] = user(local, grant)
    return payload
