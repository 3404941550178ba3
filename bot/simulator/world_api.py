"""JSON API to change the world and to watch or disturb the wire (tests).

POST   /sim/api/guilds/{g}/members/{u}              join
DELETE /sim/api/guilds/{g}/members/{u}              leave or kick (the bot too)
POST   /sim/api/guilds/{g}/bot     {permissions}    invite the bot
PUT    /sim/api/guilds/{g}/bot     {allow, deny}    names of permissions
PUT|DELETE /sim/api/guilds/{g}/members/{u}/roles/{r}
PUT    /sim/api/channels/{c}/permissions/{t}  {allow, deny}  names or bits
DELETE /sim/api/channels/{c}
DELETE /sim/api/channels/{c}/messages/{m}
PUT    /sim/api/messages/{m}/age   {secs}           make a message older
GET    /sim/api/stats                               counters, 429s, edits, gateway
DELETE /sim/api/stats                               forget them and all faults
GET    /sim/api/requests                            the latest requests with bodies
POST   /sim/api/faults             see stats.Fault  disturb the next requests
PUT    /sim/api/limits             {enabled}        rate limits on or off
POST   /sim/api/gateway/drop       {code, forget}   cut the bots' connections
POST   /sim/api/gateway/reconnect                   op 7
POST   /sim/api/gateway/refuse     {code, times}    close the next logins
"""

from dataclasses import fields
from typing import Any

from aiohttp import web

from bot.simulator import actions
from bot.simulator.api import PREFIX
from bot.simulator.core import DISCORD
from bot.simulator.stats import Fault

_FAULT_FIELDS = {item.name for item in fields(Fault)}


def add_routes(app: web.Application) -> None:
    """Install the routes above."""
    guild = f"{PREFIX}/guilds/{{g:\\d+}}"
    member = f"{guild}/members/{{u:\\d+}}"
    channel = f"{PREFIX}/channels/{{c:\\d+}}"
    app.router.add_post(member, join)
    app.router.add_delete(member, remove)
    app.router.add_put(f"{member}/roles/{{r:\\d+}}", change_role)
    app.router.add_delete(f"{member}/roles/{{r:\\d+}}", change_role)
    app.router.add_post(f"{guild}/bot", invite_bot)
    app.router.add_put(f"{guild}/bot", change_bot)
    app.router.add_put(f"{channel}/permissions/{{t:\\d+}}", set_overwrite)
    app.router.add_delete(channel, delete_channel)
    app.router.add_delete(f"{channel}/messages/{{m:\\d+}}", delete_message)
    app.router.add_put(f"{PREFIX}/messages/{{m:\\d+}}/age", set_age)
    app.router.add_get(f"{PREFIX}/stats", show_stats)
    app.router.add_delete(f"{PREFIX}/stats", reset_stats)
    app.router.add_get(f"{PREFIX}/requests", list_requests)
    app.router.add_post(f"{PREFIX}/faults", add_fault)
    app.router.add_put(f"{PREFIX}/limits", set_limits)
    app.router.add_post(f"{PREFIX}/gateway/drop", drop_gateway)
    app.router.add_post(f"{PREFIX}/gateway/reconnect", ask_reconnect)
    app.router.add_post(f"{PREFIX}/gateway/refuse", refuse_identify)


async def join(request: web.Request) -> web.Response:
    """A person comes into a guild."""
    actions.join(request.app[DISCORD], _id(request, "g"), _id(request, "u"))
    return web.json_response({})


async def remove(request: web.Request) -> web.Response:
    """A member goes."""
    actions.remove(request.app[DISCORD], _id(request, "g"), _id(request, "u"))
    return web.json_response({})


async def change_role(request: web.Request) -> web.Response:
    """A member gets or loses a role."""
    actions.set_member_role(
        request.app[DISCORD],
        _id(request, "g"),
        _id(request, "u"),
        _id(request, "r"),
        on=request.method == "PUT",
    )
    return web.json_response({})


async def invite_bot(request: web.Request) -> web.Response:
    """The bot comes into a guild."""
    body = await request.json()
    bits = actions.permission_bits(body.get("permissions", 0))
    actions.invite_bot(request.app[DISCORD], _id(request, "g"), bits)
    return web.json_response({"permissions": str(bits)})


async def change_bot(request: web.Request) -> web.Response:
    """The bot's role gains or loses permissions."""
    body = await request.json()
    bits = actions.set_bot_permissions(
        request.app[DISCORD],
        _id(request, "g"),
        allow=list(body.get("allow") or []),
        deny=list(body.get("deny") or []),
    )
    return web.json_response({"permissions": str(bits)})


async def set_overwrite(request: web.Request) -> web.Response:
    """A channel gets another overwrite."""
    body = await request.json()
    actions.set_overwrite(
        request.app[DISCORD],
        _id(request, "c"),
        _id(request, "t"),
        actions.permission_bits(body.get("allow") or 0),
        actions.permission_bits(body.get("deny") or 0),
    )
    return web.json_response({})


async def delete_channel(request: web.Request) -> web.Response:
    """A channel disappears, as when its owner deletes it."""
    request.app[DISCORD].backend.delete_channel(_id(request, "c"))
    return web.json_response({})


async def delete_message(request: web.Request) -> web.Response:
    """A message disappears, as when a moderator deletes it."""
    backend = request.app[DISCORD].backend
    backend.delete_message(_id(request, "c"), _id(request, "m"))
    return web.json_response({})


async def set_age(request: web.Request) -> web.Response:
    """A message becomes older, for the limit on edits of old messages."""
    body = await request.json()
    request.app[DISCORD].backend.extra_age[_id(request, "m")] = float(body["secs"])
    return web.json_response({})


async def show_stats(request: web.Request) -> web.Response:
    """The counters."""
    local = request.app[DISCORD]
    sessions = local.gateway.sessions.values()
    gateway = {
        "identifies": local.gateway.identifies,
        "asked_for_content": list(local.gateway.asked_for_content),
        "resumes": local.gateway.resumes,
        "sessions": len(sessions),
        "connected": sum(1 for session in sessions if session.connection),
    }
    return web.json_response({**local.stats.as_json(), "gateway": gateway})


async def reset_stats(request: web.Request) -> web.Response:
    """Start counting anew."""
    request.app[DISCORD].stats.reset()
    return web.json_response({})


async def list_requests(request: web.Request) -> web.Response:
    """The latest requests."""
    return web.json_response({"requests": list(request.app[DISCORD].stats.requests)})


async def add_fault(request: web.Request) -> web.Response:
    """Disturb requests to come."""
    body: dict[str, Any] = await request.json()
    unknown = set(body) - _FAULT_FIELDS
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    request.app[DISCORD].stats.faults.append(Fault(**body))
    return web.json_response({})


async def set_limits(request: web.Request) -> web.Response:
    """Switch rate limits on or off."""
    body = await request.json()
    request.app[DISCORD].limits.enabled = bool(body["enabled"])
    return web.json_response({"enabled": bool(body["enabled"])})


async def drop_gateway(request: web.Request) -> web.Response:
    """Cut the connections; with `forget`, RESUME will fail as well."""
    body = await request.json() if request.can_read_body else {}
    gateway = request.app[DISCORD].gateway
    cut = await gateway.drop_connections(int(body.get("code", 4000)))
    if body.get("forget"):
        gateway.forget_sessions()
    return web.json_response({"cut": cut})


async def ask_reconnect(request: web.Request) -> web.Response:
    """Ask every bot to reconnect."""
    asked = request.app[DISCORD].gateway.ask_reconnect()
    return web.json_response({"asked": asked})


async def refuse_identify(request: web.Request) -> web.Response:
    """Close the next logins with a code."""
    body = await request.json()
    gateway = request.app[DISCORD].gateway
    gateway.refuse(int(body["code"]), times=int(body.get("times", 1)))
    return web.json_response({"code": int(body["code"])})


def _id(request: web.Request, name: str) -> int:
    return int(request.match_info[name])
