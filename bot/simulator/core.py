"""One running local Discord: its state and the parts that serve it."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from bot.simulator import seed
from bot.simulator.backend import LocalBackend
from bot.simulator.cdn import LocalCdn
from bot.simulator.gateway import Gateway
from bot.simulator.limits import RateLimits
from bot.simulator.live import LiveFeed
from bot.simulator.oauth_grants import OAuthGrants
from bot.simulator.stats import Stats
from bot.simulator.storage import Storage

DEFAULT_PORT = 8100


@dataclass(frozen=True)
class Settings:
    """Where the simulator listens and what it keeps.

    `redirect_uris` are the addresses registered for OAuth; an entry ending in `*`
    allows everything that begins like it. Without `data_dir` nothing survives a stop.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    public_url: str = ""
    data_dir: Path | None = None
    fresh: bool = False
    redirect_uris: tuple[str, ...] = (
        "http://127.0.0.1:*",
        "http://localhost:*",
        "http://testserver/*",
    )

    @property
    def base_url(self) -> str:
        """The address people and bots use."""
        return self.public_url or f"http://127.0.0.1:{self.port}"


@dataclass
class LocalDiscord:
    """The parts, wired together by `start_world`."""

    settings: Settings
    backend: LocalBackend
    gateway: Gateway
    live: LiveFeed
    storage: Storage
    oauth: OAuthGrants
    limits: RateLimits = field(default_factory=RateLimits)
    stats: Stats = field(default_factory=Stats)
    waiters: dict[int, asyncio.Event] = field(default_factory=dict)


DISCORD: web.AppKey[LocalDiscord] = web.AppKey("local_discord", LocalDiscord)


def start_world(settings: Settings) -> LocalDiscord:
    """Load the last snapshot, or build the fixed world anew."""
    folder = settings.data_dir
    files = folder / "discord.files" if folder is not None else None
    backend = LocalBackend(cdn=LocalCdn(settings.base_url, files))
    oauth = OAuthGrants()
    storage = Storage(folder, backend, oauth)
    if settings.fresh or not storage.load():
        seed.build(backend)
    live = LiveFeed(backend)
    gateway = Gateway(backend)
    backend.subscribers.extend([gateway.on_event, live.on_event, storage.on_event])
    return LocalDiscord(settings, backend, gateway, live, storage, oauth)
