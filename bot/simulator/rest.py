"""The bot API over HTTP: authentication, limits, bodies, then SimCord's routes."""

import asyncio
import json
import logging
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from simcord.backend import serializers
from simcord.backend.errors import BackendError
from simcord.http import routes as _routes  # noqa: F401  importing registers the routes
from simcord.http.router import RouteNotImplemented, UnsupportedField, dispatch

from bot.simulator import (
    capacity,
    extra_routes,
    interactions,
    oauth_users,
    validation,
    wire,
    world,
)
from bot.simulator.bodies import Call, read_call
from bot.simulator.core import DISCORD, LocalDiscord
from bot.simulator.limits import MESSAGE_TOO_OLD, OLD_MESSAGE_SECS, template_of
from bot.simulator.stats import Fault

logger = logging.getLogger(__name__)

_CREATED = {
    "/guilds/{id}/channels",
    "/channels/{id}/threads",
    "/channels/{id}/messages/{id}/threads",
}
_UNAUTHORIZED = BackendError(401, 0, "401: Unauthorized")
# discord.py takes a 429 without this header for an edge block and gives up at once.
_EDGE = {"Via": "1.1 local"}


async def handle(request: web.Request) -> web.StreamResponse:
    """Answer one request of a bot or of an OAuth client."""
    local = request.app[DISCORD]
    method, path = request.method, _api_path(request)
    fault = local.stats.next_fault(method, path)
    if fault is not None and fault.kind in ("hang", "slow"):
        await asyncio.sleep(fault.delay_secs)
    if fault is not None and fault.kind == "hang":
        return _cut(request)
    verdict = local.limits.take(method, path)
    headers = dict(verdict.headers)
    body: Any = None
    try:
        call = await read_call(request, method, path)
        body = call.body
        _authenticate(request, path)
        if fault is not None and fault.kind == "status":
            raise _Refusal(_as_error(fault), fault.retry_after)
        if verdict.retry_after is not None:
            limited = BackendError(429, 0, "You are being rate limited.")
            raise _Refusal(limited, verdict.retry_after, is_global=verdict.is_global)
        result = wire.complete(_answer(request, local, call))
        status = _status(method, path, result)
    except _Refusal as refusal:
        status, result = refusal.error.status, refusal.as_json()
        if status == 429:
            headers["Retry-After"] = str(int(refusal.retry_after) + 1)
            local.stats.record_limited(method, path, refusal.retry_after)
    except BackendError as error:
        status, result = error.status, validation.as_discord_error(error).to_json()
        status = 404 if isinstance(error, RouteNotImplemented) else status
    local.stats.record(method, path, body, status)
    local.storage.touch()
    if fault is not None and fault.kind == "lost_reply":
        return _cut(request)
    if fault is not None and fault.kind == "error_after":
        result, status = _as_error(fault).to_json(), fault.status
    return json_response(result, status=status, headers=headers)


def json_response(
    data: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """A response discord.py reads as JSON: the content type carries no charset."""
    all_headers = {**_EDGE, **(headers or {})}
    if status == 204:
        return web.Response(status=204, headers=all_headers)
    body = json.dumps(data).encode()
    all_headers["Content-Type"] = "application/json"
    return web.Response(body=body, status=status, headers=all_headers)


class _Refusal(Exception):
    """A refusal that tells when to come back."""

    def __init__(
        self, error: BackendError, retry_after: float, *, is_global: bool = False
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after
        self.is_global = is_global

    def as_json(self) -> dict[str, Any]:
        payload = self.error.to_json()
        if self.error.status == 429:
            payload["retry_after"] = round(self.retry_after, 3)
            payload["global"] = self.is_global
            if not payload["code"]:
                del payload["code"]
        return payload


def _api_path(request: web.Request) -> str:
    raw = request.rel_url.raw_path.removeprefix("/api")
    if raw.startswith("/v") and raw[2:4].rstrip("/").isdecimal():
        raw = raw[raw.index("/", 1) :] if raw.count("/") > 1 else "/"
    return unquote(raw)


def _authenticate(request: web.Request, path: str) -> None:
    needs_none = path.startswith("/interactions/") or (
        path.startswith("/webhooks/") and path.count("/") >= 3
    )
    if needs_none or path == "/gateway":
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Bearer":
        return  # oauth_users checks it
    if scheme != "Bot" or token != world.BOT_TOKEN:
        raise _UNAUTHORIZED


def _answer(request: web.Request, local: LocalDiscord, call: Call) -> Any:
    if call.path in ("/gateway", "/gateway/bot"):
        return _gateway_address(request, local)
    if request.headers.get("Authorization", "").startswith("Bearer "):
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return oauth_users.answer(local, call.method, call.path, token)
    try:
        return _dispatch(local, call)
    except (KeyError, TypeError, ValueError, AttributeError, AssertionError) as error:
        logger.warning("Malformed %s %s: %r", call.method, call.path, error)
        raise BackendError(400, 50035, f"Invalid Form Body: {error}") from error
    except NotImplementedError as error:
        raise BackendError(400, 50035, f"Invalid Form Body: {error}") from error


def _dispatch(local: LocalDiscord, call: Call) -> Any:
    backend = local.backend
    extra_routes.check_guild(backend, call.path)
    extra_routes.check_dm(backend, call.method, call.path)
    validation.check_body(call.method, call.path, call.body)
    capacity.check(backend, call)
    _check_hidden_limits(local, call)
    repeated = _repeated_send(local, call)
    if repeated is not None:
        return repeated
    try:
        result = extra_routes.answer(backend, call.method, call.path)
    except extra_routes.NotHere:
        result = _ask_simcord(local, call)
    _after_send(local, call, result)
    interactions.after_request(local, call.path)
    return result


def _ask_simcord(local: LocalDiscord, call: Call) -> Any:
    """SimCord's answer; fields it does not model are left out, as Discord ignores them.

    It refuses such fields before it changes anything, so a second try is safe.
    """
    for _ in range(2):
        try:
            return dispatch(
                local.backend,
                call.method,
                call.path,
                json=call.body,
                params=call.params,
                files=call.open_files(),
                reason=call.reason,
            )
        except UnsupportedField as gap:
            logger.info("Ignored on %s %s: %s", call.method, call.path, gap.fields)
            call.drop_fields(gap.fields)
    raise RouteNotImplemented(call.method, call.path)


def _check_hidden_limits(local: LocalDiscord, call: Call) -> None:
    """The limits that no header announces: renames and edits of old messages."""
    if call.method != "PATCH" or not isinstance(call.body, dict):
        return
    template, parts = template_of(call.path), call.path.strip("/").split("/")
    wait: float | None = None
    code, text = 0, "The resource is being rate limited."
    if template == "/channels/{id}":
        channel = local.backend.channels.get(int(parts[1]))
        if channel is not None and _renames(channel, call.body):
            wait = local.limits.take_rename(channel.id)
    elif (
        template == "/channels/{id}/messages/{id}"
        and local.backend.age_secs(int(parts[3])) > OLD_MESSAGE_SECS
    ):
        wait = local.limits.take_old_edit(int(parts[1]))
        code = MESSAGE_TOO_OLD
        text = (
            "Maximum number of edits to messages older than 1 hour reached. "
            "Try again later."
        )
    if wait is not None:
        raise _Refusal(BackendError(429, code, text), wait)


def _renames(channel: Any, body: dict[str, Any]) -> bool:
    return any(
        key in body and body[key] != getattr(channel, key) for key in ("name", "topic")
    )


def _repeated_send(local: LocalDiscord, call: Call) -> Any:
    """The message sent before under the same nonce, when the sender insists on one."""
    if not _is_send(call) or not call.body.get("enforce_nonce"):
        return None
    channel_id = int(call.path.split("/")[2])
    nonce = str(call.body.get("nonce") or "")
    message = local.backend.message_by_nonce(channel_id, nonce) if nonce else None
    if message is None:
        return None
    return dict(serializers.message_payload(local.backend, message))


def _after_send(local: LocalDiscord, call: Call, result: Any) -> None:
    if not _is_send(call) or call.body.get("nonce") is None:
        return
    nonce = call.body["nonce"]
    message = local.backend.get_message(int(result["channel_id"]), int(result["id"]))
    local.backend.remember_nonce(message, str(nonce))
    result["nonce"] = nonce


def _is_send(call: Call) -> bool:
    return (
        call.method == "POST"
        and template_of(call.path) == "/channels/{id}/messages"
        and isinstance(call.body, dict)
    )


def _gateway_address(request: web.Request, local: LocalDiscord) -> dict[str, Any]:
    return {
        "url": f"ws://{request.host}/gateway",
        "shards": 1,
        "session_start_limit": {
            "total": 1000,
            "remaining": max(1000 - local.gateway.identifies, 0),
            "reset_after": 86400000,
            "max_concurrency": 1,
        },
    }


def _status(method: str, path: str, result: Any) -> int:
    if result is None:
        return 204
    return 201 if method == "POST" and template_of(path) in _CREATED else 200


def _as_error(fault: Fault) -> BackendError:
    if fault.field:
        return validation.form_error(fault.field, "REFUSED", fault.message)
    return BackendError(fault.status, fault.code, fault.message)


def _cut(request: web.Request) -> web.StreamResponse:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
