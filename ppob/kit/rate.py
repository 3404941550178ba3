"""Counting tries: before they are judged, and in one step, so that none slips by."""

from django.core.cache import cache


def is_over(key: str, *, limit: int, secs: int) -> bool:
    """Count one try; whether that is more than `limit` since the first, `secs` ago.

    While the cache is away, each process counts for itself.
    """
    cache.add(key, 0, timeout=secs)
    try:
        return cache.incr(key) > limit
    except ValueError:  # it ran out between the two
        return False
