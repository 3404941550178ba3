"""Everything that leaves a request: jobs, nudges, cache keys, log lines, requests."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import respx
from celery import Celery
from django.conf import settings
from django.core.cache.backends.redis import RedisCache
from httpx import ConnectError, Request, Response

from bot.services import doctor
from ppob.kit import live
from security.discord import api
from tests.dashboard.conftest import CHANNELS
from tests.isolation.world import World

BOT_ID, ROLE_ID = "1100000000000000001", "555"


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


@dataclass
class Watch:
    """What was let out since the last look."""

    jobs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    nudges: list[tuple[int, live.Change]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    all_keys: set[str] = field(default_factory=set)

    def take(self) -> str:
        """All of it as one text, to look for words in; starts anew."""
        self.all_keys.update(self.keys)
        text = repr((self.jobs, self.nudges, self.keys, self.lines, self.requests))
        for kept in (self.jobs, self.nudges, self.keys, self.lines, self.requests):
            kept.clear()
        return text

    def tenants(self) -> set[int]:
        """The stores that jobs and nudges since the last look name."""
        named = {arguments.get("tenant_id") for _name, arguments in self.jobs}
        named |= {tenant_id for tenant_id, _change in self.nudges}
        return {number for number in named if number is not None}


@contextmanager
def watching(world: World) -> Iterator[Watch]:
    """Nothing leaves the process; all of it is written down."""
    watch = Watch()
    handler = _Lines(watch.lines)
    root = logging.getLogger()
    api._client.cache_clear()
    outside = (_discord(world, watch), _suppliers(watch))
    with pytest.MonkeyPatch.context() as patch, outside[0], outside[1]:
        patch.setattr(Celery, "send_task", _collect(watch))
        patch.setattr(live, "_speaker", lambda: _Speaker(watch))
        patch.setattr(RedisCache, "make_and_validate_key", _keyed(watch))
        root.addHandler(handler)
        try:
            yield watch
        finally:
            root.removeHandler(handler)
            api._client.cache_clear()


class _Speaker:
    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def tell(self, tenant_id: int, change: live.Change) -> None:
        self._watch.nudges.append((tenant_id, change))

    def flush(self) -> None:
        """Nothing waits."""


def _collect(watch: Watch) -> Any:
    def send(app: Celery, name: str, kwargs: dict[str, Any], **options: Any) -> None:
        watch.jobs.append((name, kwargs))

    return send


def _keyed(watch: Watch) -> Any:
    real = RedisCache.make_and_validate_key

    def make(self: RedisCache, key: str, version: int | None = None) -> str:
        watch.keys.append(key)
        return real(self, key, version)

    return make


@contextmanager
def _discord(world: World, watch: Watch) -> Iterator[None]:
    """Discord's REST for both servers: a leak would be answered as well."""
    base = settings.DISCORD["API_BASE"]
    with respx.mock(base_url=base, assert_all_called=False) as router:
        router.get("/users/@me").mock(Response(200, json={"id": BOT_ID}))
        for side in (world.ours, world.theirs):
            path = f"/guilds/{side.guild.discord_id}"
            channels = [
                row | {"name": f"{side.word}-{row['name']}"} for row in CHANNELS
            ]
            me = {"user": {"id": BOT_ID}, "roles": [ROLE_ID]}
            router.get(path).mock(side_effect=_noted(watch, _server(side)))
            router.get(f"{path}/channels").mock(side_effect=_noted(watch, channels))
            router.get(f"{path}/members/{BOT_ID}").mock(side_effect=_noted(watch, me))
        yield


@contextmanager
def _suppliers(watch: Watch) -> Iterator[None]:
    """No supplier can be reached; what would have been sent there is looked at."""
    base = settings.SUPPLIER_SIMULATOR_URL

    def fail(request: Request) -> Response:
        watch.requests.append(f"{request.url} {request.content!r}")
        raise ConnectError("Nobody is there.", request=request)

    with respx.mock(base_url=base, assert_all_called=False) as router:
        router.route().mock(side_effect=fail)
        yield


def _noted(watch: Watch, body: Any) -> Any:
    def answer(request: Any) -> Response:
        watch.requests.append(f"{request.url} {dict(request.headers)}")
        return Response(200, json=body)

    return answer


def _server(side: Any) -> dict[str, Any]:
    guild = str(side.guild.discord_id)
    everyone = {"id": guild, "name": "@everyone", "permissions": "0", "position": 0}
    own = {
        "id": ROLE_ID,
        "name": "bot",
        "permissions": str(doctor.INVITE_PERMISSIONS),
        "position": 5,
        "managed": True,
    }
    staff = {"id": "777", "name": side.word, "permissions": "0", "position": 3}
    return {"id": guild, "name": side.word, "roles": [everyone, own, staff]}
