"""Counting tries: before they are judged, and in one step, so that none slips by."""

import math

from django.core.cache import cache

from ppob.kit import clock


def is_over(key: str, *, limit: int, secs: int) -> bool:
    """Count one try; whether that is more than `limit` since the first, `secs` ago.

    While the cache is away, each process counts for itself.
    """
    return count(key, limit=limit, secs=secs) > 0


def count(key: str, *, limit: int, secs: int, amount: int = 1) -> int:
    """Count `amount`; 0 up to `limit` in all, beyond it the seconds until it ends.

    The window begins with the first that is counted and lasts `secs`.
    """
    now = clock.now().timestamp()
    until = f"{key}-until"
    try:
        used = cache.incr(key, amount)
    except ValueError:  # nothing is counted yet, or not any more
        cache.add(until, now + secs, timeout=secs)
        cache.add(key, 0, timeout=secs)
        used = _counted_anew(key, amount)
    if used <= limit:
        return 0
    ends = cache.get(until)
    if ends is None or ends <= now:
        # The counter outlived its window: it ran out between being found and raised.
        cache.delete_many([key, until])
        return 0
    return math.ceil(ends - now)


def _counted_anew(key: str, amount: int) -> int:
    try:
        return cache.incr(key, amount)
    except ValueError:  # it ran out between the two
        return amount
