"""Attachments and pictures under /cdn."""

import mimetypes
from html import escape

from aiohttp import web

from bot.simulator import world
from bot.simulator.core import DISCORD

_BOT_COLOUR = "#00a8fc"
_OTHER_COLOUR = "#747f8d"
_CACHE = {"Cache-Control": "public, max-age=86400"}


def add_routes(app: web.Application) -> None:
    """Install the CDN."""
    app.router.add_get("/cdn/attachments/{key:.+}", attachment)
    app.router.add_get("/cdn/avatars/{user_id:\\d+}/{name}", avatar)
    app.router.add_get("/cdn/embed/avatars/{name}", default_avatar)


async def attachment(request: web.Request) -> web.Response:
    """One uploaded file; never as a page of this site."""
    cdn = request.app[DISCORD].backend.files
    data = cdn.read(request.match_info["key"])
    if data is None:
        raise web.HTTPNotFound
    guessed = mimetypes.guess_type(request.path)[0] or "application/octet-stream"
    shown = guessed.startswith(("image/", "audio/", "video/", "text/plain"))
    safe = shown and guessed != "image/svg+xml"
    headers = {
        **_CACHE,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": "inline" if safe else "attachment",
        "Content-Type": guessed,
    }
    return web.Response(body=data, headers=headers)


async def avatar(request: web.Request) -> web.Response:
    """A coloured disc with the first letter."""
    local = request.app[DISCORD]
    user_id = int(request.match_info["user_id"])
    user = local.backend.users.get(user_id)
    if user is None:
        raise web.HTTPNotFound
    person = world.find_person(user_id)
    colour = person.colour if person else _BOT_COLOUR
    return _disc(colour, (user.global_name or user.name)[:1].upper())


async def default_avatar(_request: web.Request) -> web.Response:
    """The picture of users without one."""
    return _disc(_OTHER_COLOUR, "?")


def _disc(colour: str, letter: str) -> web.Response:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80">'
        f'<rect width="80" height="80" fill="{colour}"/>'
        '<text x="40" y="41" fill="#fff" font-family="sans-serif" font-size="40" '
        'font-weight="600" text-anchor="middle" dominant-baseline="central">'
        f"{escape(letter)}</text></svg>"
    )
    return web.Response(text=svg, content_type="image/svg+xml", headers=_CACHE)
