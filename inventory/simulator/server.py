"""The simulated suppliers as one aiohttp application, each under its own path.

It listens on port 8300 (`PPOB_SUPPLIER_PORT`) and keeps its memory in the data folder.
"""

import importlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

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
    for spec in registry.specs():
        module = importlib.import_module(f"inventory.suppliers.{spec.code}.simulator")
        module.install(
            app,
            folder=folder or paths.data_dir(),
            fresh=fresh,
            clock=clock,
            flip_secs=flip_secs,
        )
    return app
