"""Waiting with a limit."""

import asyncio


async def wait_until_set(event: asyncio.Event, *, secs: float) -> bool:
    """Wait for the event, at most so long; whether it is set.

    `asyncio.wait_for` would swallow a cancellation that comes together with the event,
    and whoever stops us would wait for ever.
    """
    try:
        async with asyncio.timeout(secs):
            await event.wait()
    except TimeoutError:
        return False
    return True
