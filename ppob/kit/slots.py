"""Slots: how many may hold something at once, counted for all processes together.

Whoever holds a slot renews it. One whose process has died, or lost its server, is free
again `LEASE_SECS` later by Valkey's clock: nobody has to clean up. Only bounds are kept
here, so a counter that was lost fills again at the next renewals.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis

LEASE_SECS = 45.0

# Forget the dead, look whether there is room everywhere, then take: in one step, or two
# processes would both take the last slot.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    local is_mine = redis.call('ZSCORE', key, ARGV[1])
    if not is_mine and redis.call('ZCARD', key) >= tonumber(ARGV[2 + i]) then
        return i
    end
end
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, now + ARGV[2], ARGV[1])
    if redis.call('PTTL', key) < tonumber(ARGV[2]) then
        redis.call('PEXPIRE', key, ARGV[2])
    end
end
return 0
"""


def take(
    holder: str, limits: Mapping[str, int], *, lease_secs: float = LEASE_SECS
) -> str | None:
    """Take or renew a slot under every name at once, or none at all.

    `limits` says how many each name has. The name that is full comes back, or None.
    Raises RedisError.
    """
    names = list(limits)
    full: int = _client().eval(
        _TAKE,
        len(names),
        *map(_key, names),
        holder,
        str(int(lease_secs * 1000)),
        *map(str, limits.values()),
    )
    return names[full - 1] if full else None


def give_back(holder: str, names: Iterable[str]) -> None:
    """Free the holder's slots under these names. Raises RedisError."""
    with _client().pipeline(transaction=False) as pipe:
        for name in names:
            pipe.zrem(_key(name), holder)
        pipe.execute()


def _key(name: str) -> str:
    return f"{settings.CACHES['default']['KEY_PREFIX']}:slots:{name}"


@cache
def _client() -> Redis:
    place: dict[str, Any] = settings.CACHES["default"]
    return Redis.from_url(place["LOCATION"], **place["OPTIONS"])
