"""Strict reading of JSON that somebody else sent.

Amounts must be JSON integers and no key may come twice: two readers of one body must
never see two different amounts.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

_LAST_SECOND = 253_402_300_799  # the end of the year 9999


class Malformed(ValueError):
    """The body is not what the protocol promises."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; raises Malformed for anything else."""
    try:
        value = json.loads(
            body, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not a JSON object.") from error
    if not isinstance(value, dict):
        raise Malformed("The body is not a JSON object.")
    return value


def text(data: Mapping[str, Any], key: str) -> str:
    """A non-empty string; raises Malformed."""
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{key} is missing or not text.")
    return value


def optional_text(data: Mapping[str, Any], key: str) -> str:
    """A string, or an empty one when the field is missing or null."""
    return "" if data.get(key) in (None, "") else text(data, key)


def amount(data: Mapping[str, Any], key: str) -> int:
    """A positive amount of whole rupiah; raises Malformed."""
    value = data.get(key)
    if type(value) is not int or value <= 0:
        raise Malformed(f"{key} is not a positive whole number.")
    return value


def optional_moment(data: Mapping[str, Any], key: str) -> datetime | None:
    """A time given in unix seconds, or None when missing or null; raises Malformed."""
    value = data.get(key)
    if value is None:
        return None
    if type(value) is not int or not 0 < value <= _LAST_SECOND:
        raise Malformed(f"{key} is not a time in unix seconds.")
    return datetime.fromtimestamp(value, UTC)


def moment(data: Mapping[str, Any], key: str) -> datetime:
    """A time given in unix seconds; raises Malformed."""
    value = optional_moment(data, key)
    if value is None:
        raise Malformed(f"{key} is missing.")
    return value


def _without_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise Malformed(f"{key} comes twice.")
        result[key] = value
    return result


def _refuse_constant(name: str) -> None:
    raise Malformed(f"{name} is not JSON.")
