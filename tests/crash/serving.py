"""Servers of others, each in a process of its own that outlives every kill."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web


@contextmanager
def served(make_app: Callable[[], web.Application]) -> Iterator[str]:
    """Serve an application from its own process; the address without a path."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        try:
            asyncio.run(_serve(make_app(), writer))
        finally:
            os._exit(0)
    os.close(writer)
    try:
        with os.fdopen(reader) as stream:
            yield stream.readline().strip()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


async def _serve(app: web.Application, writer: int) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    os.write(writer, f"http://{host}:{port}\n".encode())
    os.close(writer)
    await asyncio.Event().wait()
