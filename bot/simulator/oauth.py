"""OAuth2 as Discord does it: the page where one agrees, codes, tokens, PKCE.

The `bot` scope lets the person pick a server and untick permissions; the bot joins when
the person agrees, and the token response carries the `guild`.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import discord
from aiohttp import web
from simcord.backend import serializers

from bot.simulator import actions, consent_page, world
from bot.simulator.core import DISCORD, LocalDiscord
from bot.simulator.oauth_grants import BadGrant, Grant

PERSON_COOKIE = "local_discord_person"
SCOPES = {
    "identify",
    "email",
    "guilds",
    "guilds.members.read",
    "bot",
    "applications.commands",
    "role_connections.write",
}
_DENIED = {
    "error": "access_denied",
    "error_description": (
        "The resource owner or authorization server denied the request"
    ),
}


class BadRequest(ValueError):
    """The application asked wrongly; the person reads why."""


@dataclass(frozen=True)
class Asked:
    """What an application asks for, checked."""

    scopes: tuple[str, ...]
    redirect_uri: str
    state: str
    permissions: int
    guild_id: int | None
    guild_fixed: bool
    challenge: str
    challenge_method: str
    silent: bool

    @property
    def with_bot(self) -> bool:
        """Whether the bot wants to join a server."""
        return "bot" in self.scopes


def add_routes(app: web.Application) -> None:
    """Install the page and the endpoints."""
    for path in ("/oauth2/authorize", "/api/oauth2/authorize"):
        app.router.add_get(path, show)
        app.router.add_post(path, decide)
    for prefix in ("/api/oauth2/token", "/api/v10/oauth2/token"):
        app.router.add_post(prefix, token)
        app.router.add_post(f"{prefix}/revoke", revoke)
    app.router.add_get("/api/v10/oauth2/authorize", show)


async def show(request: web.Request) -> web.StreamResponse:
    """Ask the person; without a known person, ask who one is first."""
    local = request.app[DISCORD]
    try:
        asked = read_request(local, dict(request.query))
    except BadRequest as error:
        return _html(consent_page.error_page(str(error)), status=400)
    person = _person(request)
    if person is None:
        return _html(consent_page.people_page(request.rel_url))
    if asked.silent and _agreed_before(local, person.id, asked):
        return _finish(local, person, asked, guild_id=None)
    guilds = manageable_guilds(local, person.id) if asked.with_bot else []
    page = consent_page.consent_page(request.rel_url, person, asked, guilds)
    response = _html(page)
    response.set_cookie(PERSON_COOKIE, str(person.id), samesite="Lax")
    return response


async def decide(request: web.Request) -> web.StreamResponse:
    """The person pressed Authorize or Cancel."""
    local = request.app[DISCORD]
    form = await request.post()
    try:
        asked = read_request(local, dict(request.query))
        person = world.find_person(int(str(form.get("person") or 0)))
        if person is None:
            raise BadRequest("Pilih dulu kamu siapa.")
        if form.get("decision") != "authorize":
            return _redirect(asked, dict(_DENIED))
        guild_id = _chosen_guild(local, person.id, asked, form)
    except BadRequest as error:
        return _html(consent_page.error_page(str(error)), status=400)
    if guild_id is not None:
        granted = [int(str(bit)) for bit in form.getall("permission", [])]
        actions.invite_bot(local, guild_id, asked.permissions & sum(granted))
    return _finish(local, person, asked, guild_id=guild_id)


async def token(request: web.Request) -> web.Response:
    """Exchange a code or a refresh token."""
    local = request.app[DISCORD]
    form = await request.post()
    if not _client_is_known(request, form):
        return _token_error(401, "invalid_client", "")
    try:
        grant = _redeem(local, form)
    except BadGrant as error:
        return _token_error(400, "invalid_grant", str(error))
    except LookupError:
        return _token_error(400, "unsupported_grant_type", "")
    body = local.oauth.issue_tokens(grant)
    local.storage.touch()
    guild = local.backend.guilds.get(grant.guild_id or 0)
    if guild is not None:
        payload: Any = serializers.guild_create_payload(local.backend, guild)
        for key in ("members", "channels", "threads", "presences", "voice_states"):
            payload.pop(key)
        body["guild"] = payload
    return web.json_response(body)


async def revoke(request: web.Request) -> web.Response:
    """Make a token useless."""
    form = await request.post()
    if not _client_is_known(request, form):
        return _token_error(401, "invalid_client", "")
    request.app[DISCORD].oauth.revoke(str(form.get("token") or ""))
    return web.json_response({})


def read_request(local: LocalDiscord, query: dict[str, str]) -> Asked:
    """Check what an application asks for, or BadRequest with a sentence."""
    if query.get("client_id") != world.CLIENT_ID:
        raise BadRequest("Aplikasi tidak dikenal (client_id).")
    scopes = tuple(query.get("scope", "").split())
    if not scopes or not set(scopes) <= SCOPES:
        raise BadRequest("Scope yang diminta tidak valid.")
    redirect_uri = query.get("redirect_uri", "")
    only_invite = "bot" in scopes and not query.get("response_type")
    if not only_invite:
        if query.get("response_type") != "code":
            raise BadRequest("response_type harus code.")
        if not _is_registered(redirect_uri, local.settings.redirect_uris):
            raise BadRequest("redirect_uri OAuth2 tidak valid.")
    guild_id = query.get("guild_id", "")
    return Asked(
        scopes=scopes,
        redirect_uri=redirect_uri,
        state=query.get("state", ""),
        permissions=_number(query.get("permissions", "")),
        guild_id=_number(guild_id) or None,
        guild_fixed=query.get("disable_guild_select") == "true",
        challenge=query.get("code_challenge", ""),
        challenge_method=query.get("code_challenge_method", ""),
        silent=query.get("prompt") == "none",
    )


def manageable_guilds(local: LocalDiscord, user_id: int) -> list[tuple[int, str]]:
    """The servers to which this person may add a bot."""
    manage = discord.Permissions.manage_guild.flag
    return [
        (guild.id, guild.name)
        for _, guild in sorted(local.backend.guilds.items())
        if user_id in guild.members
        and local.backend.compute_permissions(guild.id, user_id) & manage
    ]


def _finish(
    local: LocalDiscord, person: world.Person, asked: Asked, *, guild_id: int | None
) -> web.StreamResponse:
    local.storage.touch()
    if not asked.redirect_uri:
        guild = local.backend.guilds.get(guild_id or 0)
        return _html(consent_page.done_page(guild.name if guild is not None else ""))
    grant = Grant(
        user_id=person.id,
        scopes=asked.scopes,
        redirect_uri=asked.redirect_uri,
        guild_id=guild_id,
        challenge=asked.challenge,
        challenge_method=asked.challenge_method or "plain",
    )
    answer = {"code": local.oauth.issue_code(grant)}
    if guild_id is not None:
        answer |= {"guild_id": str(guild_id), "permissions": str(asked.permissions)}
    return _redirect(asked, answer)


def _redirect(asked: Asked, answer: dict[str, str]) -> web.StreamResponse:
    if not asked.redirect_uri:
        return _html(consent_page.error_page("Kamu membatalkan izin."))
    if asked.state:
        answer["state"] = asked.state
    mark = "&" if "?" in asked.redirect_uri else "?"
    location = f"{asked.redirect_uri}{mark}{urlencode(answer)}"
    return web.Response(status=302, headers={"Location": location})


def _chosen_guild(
    local: LocalDiscord, person_id: int, asked: Asked, form: Any
) -> int | None:
    if not asked.with_bot:
        return None
    chosen = _number(str(form.get("guild_id") or ""))
    if asked.guild_fixed and asked.guild_id is not None:
        chosen = asked.guild_id
    if chosen not in dict(manageable_guilds(local, person_id)):
        raise BadRequest("Kamu tidak bisa menambahkan bot ke server itu.")
    return chosen


def _agreed_before(local: LocalDiscord, user_id: int, asked: Asked) -> bool:
    return not asked.with_bot and any(
        grant.user_id == user_id and set(asked.scopes) <= set(grant.scopes)
        for grant in local.oauth.access.values()
    )


def _redeem(local: LocalDiscord, form: Any) -> Grant:
    kind = form.get("grant_type")
    if kind == "authorization_code":
        return local.oauth.redeem_code(
            str(form.get("code") or ""),
            str(form.get("redirect_uri") or ""),
            str(form.get("code_verifier") or ""),
        )
    if kind == "refresh_token":
        return local.oauth.redeem_refresh(str(form.get("refresh_token") or ""))
    raise LookupError(kind)


def _client_is_known(request: web.Request, form: Any) -> bool:
    client_id = str(form.get("client_id") or "")
    secret = str(form.get("client_secret") or "")
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        try:
            plain = base64.b64decode(encoded).decode()
        except (binascii.Error, UnicodeDecodeError):
            return False
        client_id, _, secret = plain.partition(":")
    return client_id == world.CLIENT_ID and secrets.compare_digest(
        secret.encode(), world.CLIENT_SECRET.encode()
    )


def _person(request: web.Request) -> world.Person | None:
    if request.query.get("switch"):
        return None
    chosen = request.query.get("person") or request.cookies.get(PERSON_COOKIE, "")
    return world.find_person(_number(chosen))


def _is_registered(uri: str, registered: tuple[str, ...]) -> bool:
    return bool(uri) and any(
        uri.startswith(entry[:-1]) if entry.endswith("*") else uri == entry
        for entry in registered
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _token_error(status: int, error: str, description: str) -> web.Response:
    body = {"error": error}
    if description:
        body["error_description"] = description
    return web.json_response(body, status=status)


def _html(page: str, *, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(
        text=page, status=status, content_type="text/html", headers=headers
    )
