"""Digiflazz, from Digiflazz' side: for machines on which nothing is bought.

`world` names its buyers, `engine` is what happens there, `client` presses its buttons
from tests, `install` adds it to the server of all suppliers.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from inventory.suppliers import wire
from inventory.suppliers.digiflazz.simulator import control, courier, faults
from inventory.suppliers.digiflazz.simulator.engine import Engine
from inventory.suppliers.digiflazz.simulator.faults import Faults
from inventory.suppliers.digiflazz.simulator.keys import SHOP, Shop
from inventory.suppliers.digiflazz.simulator.storage import Memory
from inventory.suppliers.digiflazz.simulator.world import API_PATH


def install(
    app: web.Application,
    *,
    folder: Path,
    fresh: bool,
    clock: Callable[[], float],
    flip_secs: float,
) -> None:
    """Add the API, the control API and a clockwork that runs while they are served."""
    memory = Memory(folder, fresh=fresh)
    engine = Engine(clock=clock, flip_secs=flip_secs)
    memory.load(engine)
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
