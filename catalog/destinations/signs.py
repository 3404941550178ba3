"""The signs of a pasted text: what is dropped, unified or never accepted."""

import re
import unicodedata

# They turn the direction of reading: on screen is another text than what is sent.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Telephones put these around a number they copy. At the edges of a text that is
# read from left to right they change nothing, so there they are dropped.
_LEFT_TO_RIGHT = "\u200e\u202a\u202c\u2066\u2068\u2069"
# What Unicode calls default ignorable, letters that draw nothing, and the blank Braille
# cell: two accounts would look the same.
_INVISIBLE = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065"
    "\u206a-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_UNSEEN_INSIDE_DIGITS = re.compile(rf"\d[{_INVISIBLE}]+\d")
_BLANK = rf"[\s{_INVISIBLE}{_LEFT_TO_RIGHT}]"
_EDGE = re.compile(rf"\A{_BLANK}+|{_BLANK}+\Z")
_NEW_LINES = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_KEYCAP = "\u20e3"
_QUOTES = "\"'`*_~"


def without_edges(text: str) -> str:
    """The text without blanks and unseen signs around it."""
    return _EDGE.sub("", text)


def turns_reading(text: str) -> bool:
    """Whether a sign in it turns the direction of reading."""
    return _TURNING.search(text) is not None


def has_unseen(text: str) -> bool:
    """Whether a sign in it is not seen on screen."""
    return _UNSEEN.search(text) is not None or not text.isprintable()


def hides_in_digits(text: str) -> bool:
    """Whether two digits look like neighbours and are not."""
    return _UNSEEN_INSIDE_DIGITS.search(text) is not None


def is_pictogram(sign: str) -> bool:
    """Whether it is an emoji or a part of one."""
    category = unicodedata.category(sign)
    is_tone = category == "Sk" and not sign.isascii()
    return category == "So" or is_tone or sign == _KEYCAP


def without_decoration(text: str) -> str:
    """The text without emoji, quotation marks and marks of Markdown around it."""
    start, end = 0, len(text)
    while start < end and _decorates(text[start]):
        start += 1
    while end > start and _decorates(text[end - 1]):
        end -= 1
    return text[start:end]


def unified(text: str) -> str:
    """The text for the search for numbers: ASCII digits, plain dashes, small letters.

    A pictogram or a new line becomes a new line, each other blank a space. What is not
    known here stays as it is.
    """
    return "".join(_unified(sign) for sign in text)


def _decorates(sign: str) -> bool:
    is_blank = sign.isspace() or _UNSEEN.match(sign) is not None
    quotes = unicodedata.category(sign) in {"Pi", "Pf"} or sign in _QUOTES
    return is_blank or quotes or is_pictogram(sign)


def _unified(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    if sign in _NEW_LINES or (is_pictogram(sign) and sign != _KEYCAP):
        return "\n"
    if sign.isspace() or sign == _KEYCAP or _UNSEEN.match(sign):
        return " "
    if category == "Pd" or sign == "\u2212":
        return "-"
    if category in {"Pi", "Pf"}:
        return '"'
    if category == "No":
        return sign  # ² is no 2: whoever writes it means something else
    return unicodedata.normalize("NFKC", sign).lower()
