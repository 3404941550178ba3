"""Who somebody is on Discord, and what we keep of it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from ppob.kit.i18n import language_of
from security.models import User

CDN = "https://cdn.discordapp.com"
KEPT = ("id", "username", "global_name", "avatar", "locale")


@dataclass(frozen=True)
class Profile:
    """The part of a Discord account that we keep."""

    discord_id: int
    username: str
    display_name: str
    avatar_url: str
    language: str


def image_url(kind: str, owner_id: int | str, name: str | None) -> str:
    """The address of a picture on Discord's image server, or "" without one."""
    base = settings.DISCORD["CDN_BASE"] or CDN
    return f"{base}/{kind}/{owner_id}/{name}.png?size=128" if name else ""


def read_profile(answer: dict[str, Any]) -> Profile:
    """A profile from Discord's user object; raises KeyError or ValueError."""
    username = str(answer["username"])
    return Profile(
        discord_id=int(answer["id"]),
        username=username[:64],
        display_name=str(answer.get("global_name") or username)[:64],
        avatar_url=image_url("avatars", answer["id"], answer.get("avatar")),
        language=language_of(answer.get("locale")),
    )


def fill_in(user: User, profile: Profile) -> None:
    """Put the profile into a new account; the caller saves it."""
    user.username = f"discord-{profile.discord_id}"
    user.discord_id = profile.discord_id
    user.language = profile.language
    _refresh(user, profile)


def bring_up_to_date(user: User, profile: Profile) -> None:
    """Save a changed name or picture of an account we know."""
    _refresh(user, profile)
    user.save(update_fields=["display_name", "avatar_url"])


def _refresh(user: User, profile: Profile) -> None:
    user.display_name = profile.display_name
    user.avatar_url = profile.avatar_url
