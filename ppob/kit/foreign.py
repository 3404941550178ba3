"""Reading JSON that another company's server sent, so that nothing odd gets further.

Whatever the bytes are, what comes out of here fits our columns and pages: whole numbers
that 64 bits hold with room for sums, text without NUL and without halves of characters,
times that every time zone can show. Anything else is Malformed. Fields that nobody
reads may hold what they like: money is not refused for the spelling of a name.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ppob.kit.numbers import MOST

# Rupiah; a thousand times the dearest product. A million such payments still add up
# to less than 2^63, so no sum in the database overflows.
MOST_RUPIAH = 10**12

_FIRST_SECOND = 946_684_800  # the year 2000
_LAST_SECOND = 4_102_444_800  # the year 2100
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Malformed(ValueError):
    """The body is not what the protocol promises. The text quotes nothing of it."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; raises Malformed for anything else.

    UTF-8 only, no key twice, no NaN: two readers of one body must never see two
    different amounts.
    """
    value = _load(body)
    if not isinstance(value, dict):
        raise Malformed("The body is not a JSON object.")
    return value


def read_plain(body: bytes) -> Any:
    """The JSON in `body`, all of which our columns can hold; raises Malformed.

    For programs that talk to us: what they send is theirs to mend, so a text or number
    that does not fit is refused also where nobody would read it.
    """
    value = _load(body)
    waiting = [value]
    while waiting:  # as deep as it may be, without recursion
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
        elif not _fits(each):
            raise Malformed("The body holds a text or number that cannot be kept.")
    return value


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can keep this text: no NUL, no half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def check_text(value: object, key: str, *, most: int) -> str:
    """`value` if it is storable text of at most `most` characters; raises Malformed."""
    if not isinstance(value, str):
        raise Malformed(f"{key} is missing or not text.")
    if len(value) > most or not is_storable(value):
        raise Malformed(f"{key} is too long or not text that can be kept.")
    return value


def clean_text(value: object, *, most: int) -> str:
    """The beginning of somebody's words for people to read; what is no text is empty.

    Signs that cannot be kept become U+FFFD.
    """
    if not isinstance(value, str):
        return ""
    return "".join(sign if is_storable(sign) else "\ufffd" for sign in value[:most])


def check_range(value: int, key: str, *, least: int, most: int = MOST_RUPIAH) -> int:
    """The one place where numbers from outside are bounded; raises Malformed."""
    if not least <= value <= most:
        raise Malformed(f"{key} is out of range.")
    return value


def check_moment(value: object, key: str) -> datetime:
    """A time given in unix seconds, of this century; raises Malformed."""
    if type(value) is not int or not _FIRST_SECOND <= value < _LAST_SECOND:
        raise Malformed(f"{key} is not a time in unix seconds.")
    return datetime.fromtimestamp(value, UTC)


def _load(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse_constant,
        )
    # A ValueError is also what a number of more than 4,300 digits raises.
    except (ValueError, RecursionError) as error:
        raise Malformed("The body is not a JSON object.") from error


def _fits(value: object) -> bool:
    if isinstance(value, str):
        return is_storable(value)
    if isinstance(value, float):
        return isfinite(value)  # 1e400 is read as infinity
    return not isinstance(value, int) or abs(value) <= MOST


def _without_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise Malformed("A key comes twice.")
        result[key] = value
    return result


def _refuse_constant(name: str) -> None:
    raise Malformed(f"{name} is not JSON.")
