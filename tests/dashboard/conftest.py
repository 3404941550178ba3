"""A signed-in browser, and a Discord that answers as documented."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
import respx
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from httpx import Response

from bot.services import doctor
from security.discord import api
from tenants.models import Guild, Member
from tests.factories import make_guild, make_member

BOT_ID = 1_100_000_000_000_000_001
ROLE_ID = 555


@pytest.fixture(autouse=True)
def _empty_cache(db):
    cache.clear()
    api._client.cache_clear()


@pytest.fixture
def owner(in_arcadia) -> Member:
    return make_member()


def browser_of(member: Member) -> Client:
    client = Client(HTTP_HX_REQUEST=None)
    client.defaults.pop("HTTP_HX_REQUEST")
    client.force_login(member.user)
    return client


@pytest.fixture
def browser(owner: Member) -> Client:
    return browser_of(owner)


@pytest.fixture
def guild(in_arcadia) -> Guild:
    return make_guild(name="Arcadia", bot_joined_at=in_arcadia.created_at)


@pytest.fixture
def discord() -> Iterator[respx.MockRouter]:
    """Discord's API; whatever a test does not expect fails it."""
    with respx.mock(base_url=settings.DISCORD["API_BASE"]) as router:
        yield router


@pytest.fixture
def with_bot(discord: respx.MockRouter, guild: Guild) -> Callable[..., None]:
    """The bot is in the store's server, with these permissions."""

    def join(permissions: int = doctor.INVITE_PERMISSIONS, **more: Any) -> None:
        path = f"/guilds/{guild.discord_id}"
        everyone = {
            "id": str(guild.discord_id),
            "name": "@everyone",
            "permissions": "0",
            "position": 0,
        }
        own = {
            "id": str(ROLE_ID),
            "name": "TokoBot",
            "permissions": str(permissions),
            "position": more.get("position", 5),
            "managed": True,
        }
        staff = {"id": "777", "name": "Staf", "permissions": "0", "position": 3}
        server = {"id": str(guild.discord_id), "name": "Arcadia"}
        discord.get(path).mock(
            Response(200, json=server | {"roles": [everyone, own, staff]})
        )
        discord.get(f"{path}/channels").mock(
            Response(200, json=more.get("channels", CHANNELS))
        )
        discord.get("/users/@me").mock(Response(200, json={"id": str(BOT_ID)}))
        discord.get(f"{path}/members/{BOT_ID}").mock(
            Response(200, json={"user": {"id": str(BOT_ID)}, "roles": [str(ROLE_ID)]})
        )

    return join


CHANNELS = [
    {"id": "10", "name": "TOKO", "type": 4, "position": 0},
    {"id": "11", "name": "produk", "type": 0, "position": 1},
    {
        "id": "12",
        "name": "rahasia",
        "type": 0,
        "position": 2,
        "permission_overwrites": [
            {"id": str(ROLE_ID), "type": 0, "allow": "0", "deny": str(1 << 10)}
        ],
    },
    {"id": "13", "name": "suara", "type": 2, "position": 3},
]

TOKEN = {
    "access_token": "access-token-of-rizky",
    "token_type": "Bearer",
    "expires_in": 604_800,
    "refresh_token": "refresh-token-of-rizky",
    "scope": "identify guilds",
}


def text_of(response: Any) -> str:
    """A page's words, without its markup."""
    markup = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(unescape(markup).split())
