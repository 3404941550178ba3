"""Reading JSON that a supplier sent.

Suppliers write one number as `16500`, `16500.0` or `"16500"`, so numbers are read
leniently; anything that is not clearly a whole number is no number at all.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any

_WHOLE = re.compile(r"-?\d{1,15}(?:\.0+)?", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{1,2})", re.ASCII)


class Malformed(ValueError):
    """The body is not what the protocol promises."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; raises Malformed, also when a key comes twice."""
    try:
        value = json.loads(body, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not a JSON object.") from error
    if not isinstance(value, dict):
        raise Malformed("The body is not a JSON object.")
    return value


def text(data: Mapping[str, Any], key: str) -> str:
    """The field as text, empty when it is missing, null or not text."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def number(data: Mapping[str, Any], key: str) -> int | None:
    """The field as a whole number, or None."""
    value = data.get(key)
    if type(value) is int:
        return value
    if type(value) is float:
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value.partition(".")[0])
    return None


def clock(data: Mapping[str, Any], key: str) -> time | None:
    """A time such as `23:30` or `0:5`, or None."""
    found = _CLOCK.fullmatch(text(data, key))
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _without_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise Malformed(f"{key} comes twice.")
        result[key] = value
    return result
