"""What an app announces while a test does something."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from ppob.kit.events import Event, forget, receives

E = TypeVar("E", bound=Event)


@contextmanager
def heard(kind: type[E]) -> Iterator[list[E]]:
    """The events of this kind, in their order."""
    news: list[E] = []
    receives(kind)(news.append)
    try:
        yield news
    finally:
        forget(kind, news.append)
