"""A local Discord inside the present process, for tests."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from bot.simulator.core import Settings
from bot.simulator.server import make_app, serve


@contextmanager
def running(*, data_dir: Path | None = None, port: int = 0) -> Iterator[str]:
    """Serve a world from a thread and yield its address, by default on a free port."""
    settings = Settings(port=port or free_port(), data_dir=data_dir)
    started: Future[None] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_serve(settings, started, stop)),
        name="local-discord",
        daemon=True,
    )
    thread.start()
    try:
        started.result(timeout=10)
        yield settings.base_url
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=10)
        loop.close()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _serve(
    settings: Settings, started: Future[None], stop: asyncio.Event
) -> None:
    try:
        runner = await serve(make_app(settings), settings.host, settings.port)
    except OSError as error:
        started.set_exception(error)
        return
    try:
        started.set_result(None)
        await stop.wait()
    finally:
        await runner.cleanup()
