"""An event loop whose time passes only while nobody has anything to do."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """Sleeping takes no time; the clock jumps to whoever wakes up next."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def monotonic(self) -> float:
        """For code that asks the `time` module."""
        return self._now

    def _run_once(self) -> None:
        timers = [each for each in self._scheduled if not each.cancelled()]
        if timers and not self._ready:
            self._now = max(self._now, min(each.when() for each in timers))
        super()._run_once()


def run(work: Coroutine[Any, Any, Any], loop: VirtualLoop) -> None:
    """Run to the end on this loop, and close it."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(work)
