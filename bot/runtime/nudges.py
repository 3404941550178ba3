"""Listens for "something changed" from the rest of the product.

Nudges travel over the Channels layer and may be lost; everything they hasten is looked
for anyway.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from ppob.kit.live import BOTS

log = logging.getLogger(__name__)

Listener = Callable[[int, str], None]

REJOIN_SECS = 3600.0  # membership of a group ends by itself after a day
_WAIT_SECS = 5.0
_REST_SECS = 300.0  # between looks at whether the group has to be joined again


async def listen(tell: Listener) -> None:
    """Call `tell(tenant_id, topic)` for whatever changes, for ever."""
    while True:
        try:
            await _listen(tell)
        except (RedisError, OSError) as error:
            log.warning("No nudges for a moment: %s", type(error).__name__)
            await asyncio.sleep(_WAIT_SECS)


async def _listen(tell: Listener) -> None:
    layer = get_channel_layer()
    name = await layer.new_channel()
    joined_at = -REJOIN_SECS
    try:
        while True:
            if time.monotonic() - joined_at >= REJOIN_SECS:
                await layer.group_add(BOTS, name)
                joined_at = time.monotonic()
            try:
                async with asyncio.timeout(_REST_SECS):
                    message = await layer.receive(name)
            except TimeoutError:
                continue
            if message.get("type") == "nudge":
                for topic in {change["topic"] for change in message["changes"]}:
                    tell(message["tenant_id"], topic)
    finally:
        await layer.group_discard(BOTS, name)
