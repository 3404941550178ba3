"""Facts that an app announces to the apps above it.

Commands go down by import; news goes up as one frozen dataclass for each fact, declared
in the `events.py` of the app that it is about and received in the `receivers.py` of
apps above. Its name is stable: whatever subscribes to news stores it.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from ppob.kit.db import require_transaction


class Event:
    """Something that has happened in a store, told inside its own transaction.

    Subclasses are frozen dataclasses and list every name that they may have.
    """

    names: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a name that another event has: it would be taken for that one."""
        super().__init_subclass__(**kwargs)
        taken = set(cls.names) & _KINDS.keys()
        if taken:
            raise TypeError(f"Another event is called {sorted(taken)} already.")
        _KINDS.update(dict.fromkeys(cls.names, cls))

    @property
    def name(self) -> str:
        """What happened, as `order.delivered`; the only one there is by default."""
        (name,) = self.names
        return name


Receiver = TypeVar("Receiver", bound=Callable[[Any], None])

_KINDS: dict[str, type[Event]] = {}
_RECEIVERS: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)


def receives(*kinds: type[Event]) -> Callable[[Receiver], Receiver]:
    """Have a function called with every event of these kinds."""

    def register(receiver: Receiver) -> Receiver:
        for kind in kinds:
            _RECEIVERS[kind].append(receiver)
        return receiver

    return register


def announce(event: Event) -> None:
    """Call whoever receives such an event, in the order of the apps, one by one.

    What they write is kept or undone together with what happened; what one of them
    raises undoes it. Raises without a transaction.
    """
    require_transaction()
    for receive in tuple(_RECEIVERS[type(event)]):
        receive(event)


def event_names() -> frozenset[str]:
    """The names of all events of the apps that are loaded."""
    return frozenset(_KINDS)
