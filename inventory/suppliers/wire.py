"""Reading JSON that a supplier sent.

Suppliers write one number as `16500`, `16500.0` or `"16500"`, so numbers are read
leniently; anything that is not clearly a whole number is no number at all. What would
fit no column of ours is refused in `ppob.kit.foreign`, the same for everybody.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import time
from typing import Any, TypeVar

from ppob.kit import foreign
from ppob.kit.foreign import Malformed, clean_text, read_object
from ppob.kit.providers import OutcomeUnknown

__all__ = [
    "Malformed",
    "clock",
    "code",
    "meaning",
    "number",
    "read_lines",
    "read_object",
    "reading",
    "text",
    "words",
]

T = TypeVar("T")

MOST_CHARACTERS = 200
# A price list of some fifty thousand lines; it is read on its own client.
MOST_LIST_BYTES = 33_554_432
LIST_READ_SECS = 60.0
# A buyer waits for a name, and without one goes on all the same.
NAME_READ_SECS = 2.5
# The biller itself is asked what a number owes. Nothing is lost by waiting; a payment
# must be answered within the lease of its call, so it waits no longer than any other.
BILL_READ_SECS = 30.0

_WHOLE = re.compile(r"-?\d{1,15}(?:\.0+)?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{1,2})", re.ASCII)


@contextmanager
def reading() -> Iterator[None]:
    """Raise OutcomeUnknown for what cannot be read inside.

    It may have been bought or paid: an answer nobody can read is no failure.
    """
    try:
        yield
    except Malformed as error:
        raise OutcomeUnknown(str(error)) from error


def read_lines(
    listed: Iterable[Any], reader: Callable[[dict[str, Any]], T | None]
) -> list[T]:
    """What `reader` makes of the lines of a list, but for None.

    Lines that are no objects, and those for which it raises Malformed, are left out:
    one odd line must not cost the whole list.
    """
    found = (_read_line(line, reader) for line in listed if isinstance(line, dict))
    return [line for line in found if line is not None]


def text(data: Mapping[str, Any], key: str, *, most: int = MOST_CHARACTERS) -> str:
    """The field as text, empty when it is missing, null or not text.

    Raises Malformed when it is longer than `most`, or cannot be kept.
    """
    value = data.get(key)
    return foreign.check_text(value, key, most=most) if isinstance(value, str) else ""


def words(data: Mapping[str, Any], key: str, *, most: int) -> str:
    """The beginning of what the supplier says to people; never refused."""
    return clean_text(data.get(key), most=most)


def code(data: Mapping[str, Any], key: str, *, most: int) -> str:
    """What the buyer paid for or a number of theirs: text here, a number there.

    Empty when it is missing or null. Raises Malformed in any other form, so that it is
    asked for again: a code that cannot be read must not get lost.
    """
    value = data.get(key)
    if value is None:
        return ""
    told = str(value) if type(value) is int else value
    return foreign.check_text(told, key, most=most)


def number(data: Mapping[str, Any], key: str) -> int | None:
    """The field as a whole number from zero up, or None when it is no whole number.

    Raises Malformed for one that is out of range.
    """
    value = _whole(data.get(key))
    return None if value is None else foreign.check_range(value, key, least=0)


def clock(data: Mapping[str, Any], key: str) -> time | None:
    """A time such as `23:30` or `0:5`, or None."""
    found = _CLOCK.fullmatch(text(data, key))
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def meaning(said: str, patterns: Sequence[tuple[str, str]]) -> str:
    """Our word for a refusal without a code, empty where no pattern knows it.

    The whole text has to be as written, but for case and spaces: one that goes on may
    be about a transaction after all.
    """
    plain = " ".join(said.split()).rstrip(" .!")
    return next(
        (
            word
            for written, word in patterns
            if re.fullmatch(written, plain, re.IGNORECASE)
        ),
        "",
    )


def _read_line(
    line: dict[str, Any], reader: Callable[[dict[str, Any]], T | None]
) -> T | None:
    try:
        return reader(line)
    except Malformed:
        return None


def _whole(value: object) -> int | None:
    # Not isinstance(), which takes `true` for a number.
    if type(value) is int:
        return value
    if type(value) is float:
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value.partition(".")[0])
    return None
