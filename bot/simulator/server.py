"""The aiohttp application: REST, gateway, OAuth2, CDN, page, JSON API on one port."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator

from aiohttp import web

from bot.simulator import api, files, oauth, page_routes, rest, world_api
from bot.simulator.core import DISCORD, Settings, start_world

logger = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 30 * 1024 * 1024


def make_app(settings: Settings) -> web.Application:
    """An application with its own world; several can live in one process."""
    app = web.Application(client_max_size=MAX_REQUEST_BYTES, middlewares=[api.refusals])
    app[DISCORD] = start_world(settings)
    api.add_routes(app)
    world_api.add_routes(app)
    files.add_routes(app)
    oauth.add_routes(app)
    page_routes.add_routes(app)
    app.router.add_get("/gateway", app[DISCORD].gateway.handle)
    app.router.add_get("/", _root)
    app.router.add_get("/healthz", _health)
    app.router.add_route("*", "/api/{tail:.*}", rest.handle)
    app.cleanup_ctx.append(_saving)
    app.on_shutdown.append(_close_gateway)
    return app


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Listen; the caller cleans the runner up. OSError when the port is taken."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


async def run_until_stopped(servers: list[tuple[web.Application, str, int]]) -> None:
    """Serve all of them until SIGTERM or SIGINT, then stop cleanly."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runners: list[web.AppRunner] = []
    try:
        for app, host, port in servers:
            runners.append(await serve(app, host, port))
            logger.info("Listening on http://%s:%s", host, port)
        await stop.wait()
    finally:
        for runner in runners:
            await runner.cleanup()


async def _root(request: web.Request) -> web.StreamResponse:
    # Bots connect to the gateway at the root, as they do on Discord's own host.
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return await request.app[DISCORD].gateway.handle(request)
    return page_routes.index()


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _saving(app: web.Application) -> AsyncIterator[None]:
    storage = app[DISCORD].storage
    task = asyncio.create_task(storage.run())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    storage.save()


async def _close_gateway(app: web.Application) -> None:
    # 1012 "service restart": the bot keeps its session and resumes or identifies.
    await app[DISCORD].gateway.drop_connections(1012)
