"""Strict reading of JSON that a gateway sent: amounts must be JSON integers.

What fits no column of ours is refused in `ppob.kit.foreign`, the same for everybody.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ppob.kit import foreign
from ppob.kit.foreign import Malformed, read_object

__all__ = [
    "Malformed",
    "amount",
    "moment",
    "optional_moment",
    "optional_text",
    "read_object",
    "text",
]

MOST_CHARACTERS = 200


def text(data: Mapping[str, Any], key: str, *, most: int = MOST_CHARACTERS) -> str:
    """A non-empty string of at most `most` characters; raises Malformed."""
    value = foreign.check_text(data.get(key), key, most=most)
    if not value:
        raise Malformed(f"{key} is empty.")
    return value


def optional_text(
    data: Mapping[str, Any], key: str, *, most: int = MOST_CHARACTERS
) -> str:
    """A string, or an empty one when the field is missing or null."""
    return "" if data.get(key) in (None, "") else text(data, key, most=most)


def amount(data: Mapping[str, Any], key: str) -> int:
    """A positive amount of whole rupiah; raises Malformed."""
    value = data.get(key)
    # Not isinstance(), which takes `true` for a number.
    if type(value) is not int:
        raise Malformed(f"{key} is not a whole number.")
    return foreign.check_range(value, key, least=1)


def optional_moment(data: Mapping[str, Any], key: str) -> datetime | None:
    """A time given in unix seconds, or None when missing or null; raises Malformed."""
    value = data.get(key)
    return None if value is None else foreign.check_moment(value, key)


def moment(data: Mapping[str, Any], key: str) -> datetime:
    """A time given in unix seconds; raises Malformed."""
    return foreign.check_moment(data.get(key), key)
