"""The Discord token of a signed-in person: in the session only, encrypted, short-lived.

It is used for one thing, reading which servers the person manages, and goes away with
the session.
"""

import base64
import binascii
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import DomainError
from security import crypto
from security.discord import api, profiles
from security.models import User

TOKEN_KEY = "discord_token"  # noqa: S105 - the name of a session entry
GUILDS_KEY = "discord_guilds"
GUILDS_SECS = 300
MANAGE_GUILD = 0x20
ADMINISTRATOR = 0x8


class SignInAgain(DomainError):
    """Discord's permission to read the person's servers has ended."""

    code = "SIGN_IN_AGAIN"
    http_status = 401
    default = _("Please sign in with Discord again so that we can see your servers.")


@dataclass(frozen=True)
class ManagedGuild:
    """A Discord server the signed-in person may manage."""

    id: int
    name: str
    icon_url: str
    is_owner: bool


def entries_for(
    user: User, *, token: str, life_secs: int, now: datetime
) -> dict[str, Any]:
    """What a new session of this person keeps of the access token."""
    sealed = crypto.seal(token, context=_context(user.pk))
    return {
        TOKEN_KEY: {
            "sealed": base64.b64encode(sealed).decode(),
            "until": (now + timedelta(seconds=life_secs)).isoformat(),
        },
        GUILDS_KEY: None,  # the servers are asked for anew
    }


def list_managed_guilds(
    request: HttpRequest, *, now: datetime, fresh: bool = False
) -> list[ManagedGuild]:
    """The servers this person owns or may manage, at most five minutes old.

    Raises SignInAgain without a usable token, DiscordAway when Discord doesn't answer.
    """
    kept = request.session.get(GUILDS_KEY)
    if kept and not fresh and now < _time(kept["at"]) + timedelta(seconds=GUILDS_SECS):
        return [ManagedGuild(**guild) for guild in kept["guilds"]]
    try:
        answer = api.call(
            "GET",
            "/users/@me/guilds",
            authorization=api.bearer(_open_token(request, now=now)),
        )
    except api.DiscordRefused as refusal:
        request.session.pop(TOKEN_KEY, None)
        raise SignInAgain from refusal
    guilds = read_managed_guilds(answer)
    request.session[GUILDS_KEY] = {
        "at": now.isoformat(),
        "guilds": [asdict(guild) for guild in guilds],
    }
    return guilds


def read_managed_guilds(answer: Any) -> list[ManagedGuild]:
    """The manageable ones of Discord's partial guilds, by name; raises DiscordAway."""
    if not isinstance(answer, list):
        raise api.DiscordAway
    guilds = [
        ManagedGuild(
            id=int(guild["id"]),
            name=str(guild["name"])[:100],
            icon_url=profiles.image_url("icons", guild["id"], guild.get("icon")),
            is_owner=bool(guild.get("owner")),
        )
        for guild in answer
        if guild.get("owner")
        # Permissions are a decimal string: they may need more than 53 bits.
        or int(guild.get("permissions", "0")) & (MANAGE_GUILD | ADMINISTRATOR)
    ]
    return sorted(guilds, key=lambda guild: guild.name.casefold())


def _open_token(request: HttpRequest, *, now: datetime) -> str:
    kept = request.session.get(TOKEN_KEY)
    if not kept or now >= _time(kept["until"]):
        raise SignInAgain
    try:
        sealed = base64.b64decode(kept["sealed"])
        return crypto.open_sealed(sealed, context=_context(request.user.pk))
    except (binascii.Error, crypto.CannotOpen) as error:
        raise SignInAgain from error


def _context(user_id: int | None) -> str:
    return f"session:{TOKEN_KEY}:{user_id}"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
