"""The simulated gateways as an aiohttp application: API, checkout page, control API.

It listens on port 8200 (`PPOB_GATEWAY_PORT`) and keeps its memory in the data folder.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web

from payments.simulator import control, pages
from payments.simulator.engine import Engine
from payments.simulator.faults import Faults
from payments.simulator.keys import GATEWAY, Gateway
from payments.simulator.storage import Memory
from payments.simulator.voice import voices
from ppob.local import paths

DEFAULT_PORT = 8200
_MAX_REQUEST_BYTES = 1_048_576


def port() -> int:
    """The port the simulator listens on."""
    return int(os.environ.get("PPOB_GATEWAY_PORT", DEFAULT_PORT))


def make_app(
    *,
    folder: Path | None = None,
    fresh: bool = False,
    public_url: str = "",
    clock: Callable[[], float] = time.time,
) -> web.Application:
    """The application; its clockwork runs while it is served.

    `folder` holds its memory (by default the data folder), `fresh` forgets that first.
    `public_url` is the address for browsers, by default the one a request came to.
    """
    memory = Memory(folder or paths.data_dir(), fresh=fresh)
    spoken = voices()
    engine = Engine(memory, spoken, clock=clock)
    gateway = Gateway(engine, Faults(), public_url.rstrip("/"))
    app = web.Application(
        client_max_size=_MAX_REQUEST_BYTES, middlewares=[pages.security_headers]
    )
    app[GATEWAY] = gateway
    app.add_routes([*control.routes(), *pages.routes()])
    for voice in spoken.values():
        app.add_routes(voice.routes())
    app.cleanup_ctx.append(_clockwork)
    return app


async def _clockwork(app: web.Application) -> AsyncIterator[None]:
    engine = app[GATEWAY].engine
    running = asyncio.create_task(engine.run())
    yield
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    engine.memory.close()
