"""The cache, which may be away: then each process remembers for itself.

Nothing kept here is the truth. While Redis is gone, full or silent, limits count per
process and what was kept is asked for again; no page fails for it.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

AWAY_SECS = 5.0  # so that only one request in a while waits for a silent server

_OWN = "while-redis-is-away"
_away_until = 0.0


class SturdyCache(RedisCache):
    """Django's Redis cache with a small memory of the process's own behind it."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache(_OWN, {**params, "OPTIONS": {}})

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Keep a value unless there is one."""
        return bool(self._do(super().add, self._own.add, *args, **kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """The value, or the default."""
        return self._do(super().get, self._own.get, *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Keep a value."""
        self._do(super().set, self._own.set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        """Keep a value for longer."""
        return bool(self._do(super().touch, self._own.touch, *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """Forget a value."""
        return bool(self._do(super().delete, self._own.delete, *args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        """Whether there is a value."""
        return bool(self._do(super().has_key, self._own.has_key, *args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        """Count; raises ValueError where nothing is counted yet."""
        return int(self._do(super().incr, self._own.incr, *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """The values that are there, by key."""
        found: dict[Any, Any] = self._do(
            super().get_many, self._own.get_many, *args, **kwargs
        )
        return found

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Keep several values."""
        failed: list[Any] = self._do(
            super().set_many, self._own.set_many, *args, **kwargs
        )
        return failed

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        """Forget several values."""
        self._do(super().delete_many, self._own.delete_many, *args, **kwargs)

    @staticmethod
    def _do(
        there: Callable[..., Any], here: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        global _away_until
        if time.monotonic() >= _away_until:
            try:
                return there(*args, **kwargs)
            except RedisError as error:
                _away_until = time.monotonic() + AWAY_SECS
                log.warning("The cache is away: %s", type(error).__name__)
        return here(*args, **kwargs)
