"""The simulated suppliers as one aiohttp application, each under its own path.

It listens on port 8300 (`PPOB_SUPPLIER_PORT`) and keeps its memory in the data folder.
"""

import asyncio
import importlib
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web

from inventory.simulator import control, courier
from inventory.simulator.faults import Faults
from inventory.simulator.keys import SHOPS, Shop
from inventory.simulator.storage import Memory
from inventory.suppliers import registry
from ppob.local import paths

DEFAULT_PORT = 8300
_MAX_REQUEST_BYTES = 65_536


def port() -> int:
    """The port the simulators listen on."""
    return int(os.environ.get("PPOB_SUPPLIER_PORT", DEFAULT_PORT))


def make_app(
    *,
    folder: Path | None = None,
    fresh: bool = False,
    clock: Callable[[], float] = time.time,
    flip_secs: float = 3,
) -> web.Application:
    """The application with the simulator of every supplier that there is.

    `folder` holds its memory (by default the data folder), `fresh` forgets that first.
    Pending orders end after `flip_secs` seconds.
    """
    app = web.Application(client_max_size=_MAX_REQUEST_BYTES)
    app[SHOPS] = {}
    for spec in registry.specs():
        module = importlib.import_module(f"inventory.suppliers.{spec.code}.simulator")
        memory = Memory(folder or paths.data_dir(), spec.code, fresh=fresh)
        engine = module.make_engine(clock=clock, flip_secs=flip_secs)
        memory.load(engine)
        app[SHOPS][spec.code] = Shop(engine, Faults(), memory)
        app.add_routes(module.routes())
    app.add_routes(control.routes())
    app.cleanup_ctx.append(_clockwork)
    return app


async def _clockwork(app: web.Application) -> AsyncIterator[None]:
    """What runs while they are served: time, and callbacks on their way."""
    running = [
        asyncio.create_task(courier.run(shop.engine, shop.memory))
        for shop in app[SHOPS].values()
    ]
    yield
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
