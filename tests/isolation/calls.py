"""What a valid call to an entry point is made of, and how its ids are swapped."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from tenants.permissions import Permission
from tests.isolation.world import Side

ABSENT_NUMBER = 999_999_999_999


@dataclass(frozen=True)
class Id:
    """A value that names a row; the matrix puts other rows' in its place.

    A position in a list names nothing: lists may continue at any number.
    """

    value: Any
    is_position: bool = False
    nothing: Any = None

    @property
    def absent(self) -> "Id":
        """The same kind of value, naming nothing."""
        if self.nothing is not None:
            return Id(self.nothing)
        if isinstance(self.value, UUID):
            return Id(uuid4())
        if isinstance(self.value, int):
            return Id(ABSENT_NUMBER)
        return Id("atlantis")


@dataclass(frozen=True)
class Call:
    """One request. `status` is what the right role gets.

    `right` is what a role must be able to do; None leaves the page to every role.
    What can be done only `once` is done by one role. What belongs to one person of the
    store (`only`) does not exist for the others.
    `allows` names tables of the other store that this entry may write to by its nature.
    """

    method: str = "GET"
    kwargs: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    data: Any = None
    status: int = 0
    right: Permission | None = None
    headers: dict[str, str] = field(default_factory=dict)
    once: bool = False
    only: Any = None
    allows: frozenset[str] = frozenset()

    @property
    def expected(self) -> int:
        return self.status or (200 if self.method == "GET" else 302)


Builder = Callable[[Side], list[Call]]
Place = tuple[Any, ...]


def places(call: Call) -> Iterator[Place]:
    """Where ids stand in the call."""
    for part in ("kwargs", "query", "data"):
        yield from _places(getattr(call, part), (part,))


def _places(value: Any, path: Place) -> Iterator[Place]:
    if isinstance(value, Id):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, (*path, number))


def at(call: Call, path: Place) -> Id:
    """The id at this place."""
    value = getattr(call, path[0])
    for step in path[1:]:
        value = value[step]
    return value


def with_id(call: Call, path: Place, new: Id) -> Call:
    """The call with another id at this place."""
    part, *steps = path
    return replace(call, **{part: _put(getattr(call, part), steps, new)})


def _put(value: Any, steps: list[Any], new: Id) -> Any:
    if not steps:
        return new
    step, *rest = steps
    if isinstance(value, list):
        return [
            _put(inner, rest, new) if number == step else inner
            for number, inner in enumerate(value)
        ]
    return {
        key: _put(inner, rest, new) if key == step else inner
        for key, inner in value.items()
    }


def plain(value: Any) -> Any:
    """The values themselves, as they are sent."""
    if isinstance(value, Id):
        return str(value.value) if isinstance(value.value, UUID) else value.value
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value
