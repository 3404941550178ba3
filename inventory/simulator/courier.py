"""Callbacks on their way to the stores, tried again after the supplier's pauses."""

import asyncio
import contextlib
from typing import Any

import aiohttp

from inventory.simulator.engine import Callback, Engine
from inventory.simulator.storage import Memory

TIMEOUT_SECS = 10
TICK_SECS = 0.1


async def run(engine: Engine[Any], memory: Memory) -> None:
    """Let time pass until cancelled: pending orders end, due callbacks go out."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            if engine.flip_due():
                memory.keep(engine)
            due = [each for each in engine.callbacks if _is_due(each, engine)]
            await asyncio.gather(*(_send(each, engine, session) for each in due))
            await asyncio.sleep(TICK_SECS)


def _is_due(callback: Callback, engine: Engine[Any]) -> bool:
    return callback.due_at is not None and callback.due_at <= engine.clock()


async def _send(
    callback: Callback, engine: Engine[Any], session: aiohttp.ClientSession
) -> None:
    status = 0
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with session.post(
            callback.url,
            data=callback.body.encode(),
            headers={"Content-Type": "application/json"} | callback.headers,
            allow_redirects=False,
        ) as answer:
            status = answer.status
    callback.answers.append(status)
    if 200 <= status < 300 or not callback.retries_left:
        callback.due_at = None
        return
    pauses = engine.retry_secs
    callback.due_at = engine.clock() + pauses[len(pauses) - callback.retries_left]
    callback.retries_left -= 1
