"""JSON API for people's actions: the page and headless tests use the same.

All paths begin with `/sim/api`. Ids are strings in answers and accepted as numbers or
strings. A refusal is 4xx with `{"message": ..., "code": ...}`. Bodies are JSON; where
files go along, a multipart form with the JSON in `payload` and one part per file, named
after the option or the custom id of the upload field (any name for messages).

People
    GET    /people                                   everybody one can be
    GET    /people/{u}/home                          servers, visible channels, DMs
    GET    /people/{u}/events                        server-sent events: what changed
    PUT    /people/{u}/dm              {open}        take or refuse messages of the bot
    POST   /people/{u}/dm                            begin a conversation with the bot
    GET    /people/{u}/interactions/{i}?wait=1&completed=1
    POST   /people/{u}/interactions/{i}/modal        {values}; files by custom id

In a channel, as a person
    GET    /people/{u}/channels/{c}/messages?limit&before
    POST   /people/{u}/channels/{c}/messages         {content, reply_to}; files
    DELETE /people/{u}/channels/{c}/messages/{m}     own message, or hide an ephemeral
    PUT|DELETE /people/{u}/channels/{c}/messages/{m}/reactions/{emoji}
    GET    /people/{u}/channels/{c}/commands
    POST   /people/{u}/channels/{c}/commands         {command, options}; files by option
    POST   /people/{u}/channels/{c}/autocomplete     {command, options, focused, text}
    POST   /people/{u}/channels/{c}/messages/{m}/click   {custom_id}
    POST   /people/{u}/channels/{c}/messages/{m}/select  {custom_id, values}

Interactions answer at once with their record; add `?wait=1` to get it after the bot
answered or missed its three seconds, and `&completed=1` to wait for "thinking…" too:
    {id, state: pending|answered|failed, kind, loading, ephemeral, message, followups,
     modal, choices}

The world and the wire: see `world_api`.
"""

import asyncio
import json
from typing import Any

from aiohttp import web
from simcord.backend.errors import BackendError, SetupError

from bot.simulator import actions, interactions, presses, slash, viewing, world
from bot.simulator.bodies import Upload, read_uploads
from bot.simulator.core import DISCORD, LocalDiscord
from bot.simulator.refusals import ActionRefused

PREFIX = "/sim/api"
PING_SECS = 15


@web.middleware
async def refusals(request: web.Request, handler: Any) -> web.StreamResponse:
    """Turn refusals into JSON; only for this API."""
    if not request.path.startswith(PREFIX):
        response: web.StreamResponse = await handler(request)
        return response
    try:
        response = await handler(request)
    except ActionRefused as error:
        return web.json_response({"code": "refused", "message": str(error)}, status=409)
    except SetupError as error:
        return web.json_response({"code": "refused", "message": str(error)}, status=400)
    except BackendError as error:
        return web.json_response(error.to_json(), status=error.status)
    except (KeyError, ValueError, TypeError) as error:
        text = f"Malformed request: {error!r}"
        return web.json_response({"code": "malformed", "message": text}, status=400)
    return response


def add_routes(app: web.Application) -> None:
    """Install the person routes."""
    person = f"{PREFIX}/people/{{u:\\d+}}"
    channel = f"{person}/channels/{{c:\\d+}}"
    message = f"{channel}/messages/{{m:\\d+}}"
    app.router.add_get(f"{PREFIX}/people", list_people)
    app.router.add_get(f"{person}/home", show_home)
    app.router.add_get(f"{person}/events", stream_events)
    app.router.add_put(f"{person}/dm", set_dm)
    app.router.add_post(f"{person}/dm", open_dm)
    app.router.add_get(f"{person}/interactions/{{i:\\d+}}", show_interaction)
    app.router.add_post(f"{person}/interactions/{{i:\\d+}}/modal", submit_modal)
    app.router.add_get(f"{channel}/messages", list_messages)
    app.router.add_post(f"{channel}/messages", send_message)
    app.router.add_get(f"{channel}/commands", list_commands)
    app.router.add_post(f"{channel}/commands", run_command)
    app.router.add_post(f"{channel}/autocomplete", autocomplete)
    app.router.add_delete(message, delete_message)
    app.router.add_post(f"{message}/click", click)
    app.router.add_post(f"{message}/select", select)
    app.router.add_put(f"{message}/reactions/{{emoji}}", react)
    app.router.add_delete(f"{message}/reactions/{{emoji}}", react)


async def list_people(request: web.Request) -> web.Response:
    """Everybody one can be."""
    return web.json_response({"people": viewing.people(request.app[DISCORD])})


async def show_home(request: web.Request) -> web.Response:
    """Servers, channels and conversations of a person."""
    return web.json_response(viewing.home(request.app[DISCORD], _person(request)))


async def set_dm(request: web.Request) -> web.Response:
    """Open or close a person's direct messages."""
    body = await request.json()
    local = request.app[DISCORD]
    actions.set_dm_open(local, _person(request), is_open=bool(body["open"]))
    return web.json_response({"open": bool(body["open"])})


async def open_dm(request: web.Request) -> web.Response:
    """Begin or find the conversation with the bot."""
    local, person_id = request.app[DISCORD], _person(request)
    channel = actions.open_dm(local, person_id)
    return web.json_response(viewing.channel(local, channel, person_id))


async def list_messages(request: web.Request) -> web.Response:
    """A page of history."""
    local = request.app[DISCORD]
    before = request.query.get("before")
    messages = viewing.history(
        local,
        _id(request, "c"),
        _person(request),
        limit=min(int(request.query.get("limit", "50")), 200),
        before=int(before) if before else None,
    )
    return web.json_response({"messages": messages})


async def send_message(request: web.Request) -> web.Response:
    """Write a message, with files perhaps."""
    local, person_id = request.app[DISCORD], _person(request)
    body, files = await read_form(request)
    reply_to = body.get("reply_to")
    message = actions.send(
        local,
        person_id,
        _id(request, "c"),
        str(body.get("content") or ""),
        files=files,
        reply_to=int(reply_to) if reply_to else None,
    )
    return web.json_response(viewing.message(local, message, viewer_id=person_id))


async def delete_message(request: web.Request) -> web.Response:
    """Delete an own message, or dismiss an ephemeral one."""
    local, person_id = request.app[DISCORD], _person(request)
    channel_id, message_id = _id(request, "c"), _id(request, "m")
    message = presses.visible_message(local, person_id, channel_id, message_id)
    if message.is_ephemeral:
        actions.dismiss(local, person_id, channel_id, message_id)
    elif message.author_id == person_id:
        local.backend.delete_message(channel_id, message_id)
    else:
        raise ActionRefused("That is not your message.")
    return web.json_response({})


async def react(request: web.Request) -> web.Response:
    """Add or take back a reaction."""
    local, person_id = request.app[DISCORD], _person(request)
    message = presses.visible_message(
        local, person_id, _id(request, "c"), _id(request, "m")
    )
    emoji = request.match_info["emoji"]
    actions.react(local, person_id, message, emoji, on=request.method == "PUT")
    return web.json_response({})


async def list_commands(request: web.Request) -> web.Response:
    """The commands this person can run here."""
    local = request.app[DISCORD]
    commands = slash.available(local, _person(request), _id(request, "c"))
    return web.json_response({"commands": commands})


async def run_command(request: web.Request) -> web.Response:
    """Run a slash command."""
    body, files = await read_form(request)
    use = slash.Use(
        _person(request),
        _id(request, "c"),
        str(body["command"]),
        dict(body.get("options") or {}),
        files,
    )
    return await _answer(request, slash.run(request.app[DISCORD], use))


async def autocomplete(request: web.Request) -> web.Response:
    """Ask for suggestions; always waits for them."""
    local = request.app[DISCORD]
    body = await request.json()
    use = slash.Use(
        _person(request),
        _id(request, "c"),
        str(body["command"]),
        dict(body.get("options") or {}),
    )
    record = slash.autocomplete(
        local, use, str(body["focused"]), str(body.get("text") or "")
    )
    await interactions.wait_for_answer(local, record)
    return web.json_response(interactions.outcome(local, record))


async def click(request: web.Request) -> web.Response:
    """Press a button."""
    local, person_id = request.app[DISCORD], _person(request)
    body = await request.json()
    message = presses.visible_message(
        local, person_id, _id(request, "c"), _id(request, "m")
    )
    record = presses.click(local, person_id, message, str(body["custom_id"]))
    return await _answer(request, record)


async def select(request: web.Request) -> web.Response:
    """Choose in a menu."""
    local, person_id = request.app[DISCORD], _person(request)
    body = await request.json()
    message = presses.visible_message(
        local, person_id, _id(request, "c"), _id(request, "m")
    )
    values = [str(value) for value in body["values"]]
    record = presses.select(local, person_id, message, str(body["custom_id"]), values)
    return await _answer(request, record)


async def submit_modal(request: web.Request) -> web.Response:
    """Send a filled form."""
    local = request.app[DISCORD]
    shown = interactions.find(local, _person(request), _id(request, "i"))
    body, files = await read_form(request)
    record = presses.submit(local, shown, dict(body.get("values") or {}), files)
    return await _answer(request, record)


async def show_interaction(request: web.Request) -> web.Response:
    """What became of an interaction."""
    local = request.app[DISCORD]
    return await _answer(
        request, interactions.find(local, _person(request), _id(request, "i"))
    )


async def stream_events(request: web.Request) -> web.StreamResponse:
    """Server-sent events until the page goes away."""
    local = request.app[DISCORD]
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    queue = local.live.listen(_person(request))
    try:
        await response.write(b": hello\n\n")
        while True:
            await response.write(await _next_event(queue))
    except (ConnectionResetError, asyncio.CancelledError):
        return response
    finally:
        local.live.stop(queue)


async def read_form(request: web.Request) -> tuple[dict[str, Any], list[Upload]]:
    """The JSON of a request and its files, whichever way it came."""
    if not request.content_type.startswith("multipart/"):
        return (await request.json() if request.can_read_body else {}), []
    fields, files = await read_uploads(request)
    return json.loads(fields.get("payload") or "{}"), files


async def _next_event(queue: asyncio.Queue[dict[str, Any]]) -> bytes:
    try:
        async with asyncio.timeout(PING_SECS):
            news = await queue.get()
    except TimeoutError:
        return b": ping\n\n"
    return f"data: {json.dumps(news)}\n\n".encode()


async def _answer(request: web.Request, record: Any) -> web.Response:
    local: LocalDiscord = request.app[DISCORD]
    if request.query.get("wait"):
        completed = bool(request.query.get("completed"))
        await interactions.wait_for_answer(local, record, completed=completed)
    return web.json_response(interactions.outcome(local, record))


def _person(request: web.Request) -> int:
    user_id = _id(request, "u")
    if world.find_person(user_id) is None:
        raise ActionRefused("There is no such person.")
    return user_id


def _id(request: web.Request, name: str) -> int:
    return int(request.match_info[name])
