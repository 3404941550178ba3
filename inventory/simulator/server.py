"""The simulated supplier as an aiohttp application: its API and its control API.

It listens on port 8300 (`PPOB_SUPPLIER_PORT`) and keeps its memory in the data folder.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from inventory.simulator import control, courier, faults
from inventory.simulator.engine import Engine
from inventory.simulator.faults import Faults
from inventory.simulator.keys import SHOP, Shop
from inventory.simulator.storage import Memory
from inventory.simulator.world import API_PATH, DEFAULT_PORT
from inventory.suppliers import wire
from ppob.local import paths

_MAX_REQUEST_BYTES = 65_536


def port() -> int:
    """The port the simulator listens on."""
    return int(os.environ.get("PPOB_SUPPLIER_PORT", DEFAULT_PORT))


def make_app(
    *,
    folder: Path | None = None,
    fresh: bool = False,
    clock: Callable[[], float] = time.time,
    flip_secs: float = 3,
) -> web.Application:
    """The application; its clockwork runs while it is served.

    `folder` holds its memory (by default the data folder), `fresh` forgets that first.
    Pending orders end after `flip_secs` seconds.
    """
    memory = Memory(folder or paths.data_dir(), fresh=fresh)
    engine = Engine(clock=clock, flip_secs=flip_secs)
    memory.load(engine)
    app = web.Application(client_max_size=_MAX_REQUEST_BYTES)
    app[SHOP] = Shop(engine, Faults(), memory)
    app.add_routes(
        [
            web.post(f"{API_PATH}/transaction", transaction),
            web.post(f"{API_PATH}/cek-saldo", _answering(Engine.balance)),
            web.post(f"{API_PATH}/price-list", _answering(Engine.price_list)),
            *control.routes(),
        ]
    )
    app.cleanup_ctx.append(_clockwork)
    return app


async def transaction(request: web.Request) -> web.StreamResponse:
    """Buy, or ask what has become of it; with the fault that was ordered."""
    shop = request.app[SHOP]
    body = await _read(request)
    fault = shop.faults.take()
    if fault is not None and faults.happens_before(fault):
        return await faults.play(fault, request, {})
    data = shop.engine.transact(body)
    shop.memory.keep(shop.engine)
    if fault is not None:
        return await faults.play(fault, request, data)
    return web.json_response({"data": data})


def _answering(
    answer: Callable[[Engine, dict[str, Any]], Any],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        body = await _read(request)
        return web.json_response({"data": answer(request.app[SHOP].engine, body)})

    return handle


async def _read(request: web.Request) -> dict[str, Any]:
    try:
        return wire.read_object(await request.read())
    except wire.Malformed as error:
        answer = '{"data": {"rc": "40", "status": "Gagal", "message": "Payload Error"}}'
        raise web.HTTPBadRequest(
            text=answer, content_type="application/json"
        ) from error


async def _clockwork(app: web.Application) -> AsyncIterator[None]:
    shop = app[SHOP]
    running = asyncio.create_task(courier.run(shop.engine, shop.memory))
    yield
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
