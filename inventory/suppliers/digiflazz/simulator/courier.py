"""Callbacks on their way to the stores, tried again after 1, 3 and 10 seconds."""

import asyncio
import contextlib

import aiohttp

from inventory.suppliers.digiflazz.simulator.engine import RETRIES, Engine
from inventory.suppliers.digiflazz.simulator.records import Callback
from inventory.suppliers.digiflazz.simulator.storage import Memory

# Digiflazz documents no intervals, so nothing may depend on these.
RETRY_SECS = (1, 3, 10)
TIMEOUT_SECS = 10
TICK_SECS = 0.1


async def run(engine: Engine, memory: Memory) -> None:
    """Let time pass until cancelled: pending orders end, due callbacks go out."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            if engine.flip_due():
                memory.keep(engine)
            due = [each for each in engine.callbacks if _is_due(each, engine)]
            await asyncio.gather(*(_send(each, engine, session) for each in due))
            await asyncio.sleep(TICK_SECS)


def _is_due(callback: Callback, engine: Engine) -> bool:
    return callback.due_at is not None and callback.due_at <= engine.clock()


async def _send(
    callback: Callback, engine: Engine, session: aiohttp.ClientSession
) -> None:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Digiflazz-Hookshot",
        "X-Digiflazz-Event": "update",
        "X-Hub-Signature": callback.signature,
    }
    status = 0
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with session.post(
            callback.url,
            data=callback.body.encode(),
            headers=headers,
            allow_redirects=False,
        ) as answer:
            status = answer.status
    callback.answers.append(status)
    if 200 <= status < 300 or not callback.retries_left:
        callback.due_at = None
        return
    callback.due_at = engine.clock() + RETRY_SECS[RETRIES - callback.retries_left]
    callback.retries_left -= 1
