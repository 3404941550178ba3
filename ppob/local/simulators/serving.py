"""A simulated gateway inside the present process, for tests."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from aiohttp import web


@contextmanager
def serving(make_app: Callable[[], web.Application]) -> Iterator[str]:
    """Serve an application from a thread and yield its address without a path.

    `make_app` is called in that thread. The port is a free one.
    """
    started: Future[str] = Future()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_serve(make_app, started, stop)),
        name="simulated-gateway",
        daemon=True,
    )
    thread.start()
    try:
        yield started.result(timeout=10)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=30)
        loop.close()


async def _serve(
    make_app: Callable[[], web.Application], started: Future[str], stop: asyncio.Event
) -> None:
    runner = web.AppRunner(make_app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, free_port = runner.addresses[0][:2]
        started.set_result(f"http://{host}:{free_port}")
        await stop.wait()
    finally:
        await runner.cleanup()
