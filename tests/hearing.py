"""What an app announces while a test does something."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ppob.kit import events
from ppob.kit.events import Event, receives


def _whole(event: Any) -> Any:
    return event


@contextmanager
def heard(
    kind: type[Event], *, read: Callable[[Any], Any] = _whole
) -> Iterator[list[Any]]:
    """What `read` makes of each event of this kind, in their order."""
    news: list[Any] = []

    def listen(event: Event) -> None:
        news.append(read(event))

    receives(kind)(listen)
    try:
        yield news
    finally:
        events._RECEIVERS[kind].remove(listen)
