"""Mobile numbers of Indonesia: however they are written, `081234567890` comes out."""

import re

from catalog.destinations import labels, refusals, signs
from catalog.destinations.fields import DestinationField

_NATIONAL = re.compile(r"(?:0|(?:\+|00)?620?)(8[0-9]+)")
_WRITTEN = re.compile(r"\+?[0-9][0-9 .-]*")
_LABELLED = re.compile(r"(?:[^\W\d_]+[ \n:=.,#-]*)*")
_AROUND = " \n\"'`*_~,;:#@"


def read_phone(text: str, field: DestinationField) -> str:
    """The number as it is dialled in Indonesia, `08…`.

    A number without 0 or 62 is refused: a player's UID begins with 8 as well. Raises
    BadDestination.
    """
    if signs.hides_in_digits(text):
        raise refusals.hidden(field)
    written = _without_words(signs.unified(text))
    if written is None or not _WRITTEN.fullmatch(written):
        raise refusals.wrong(field, [field])
    number = national(written)
    if number is None or not field.fits(number) or _is_followed(written, field):
        raise refusals.wrong(field, [field])
    return number


def national(written: str) -> str | None:
    """`08…` for a number with or without the code of the country, else None."""
    match = _NATIONAL.fullmatch(re.sub(r"[ .-]", "", written))
    return f"0{match[1]}" if match else None


def _without_words(text: str) -> str | None:
    """The text without the words before the number and brackets; None if others are."""
    text = text.strip(_AROUND)
    match = _LABELLED.match(text)
    before = match[0] if match else ""
    words = re.findall(r"[^\W\d_]+", before)
    if not set(words) <= labels.phone_words():
        return None
    number = text[len(before) :].strip(_AROUND)
    return re.sub(r"\(([+0-9]+)\)", r"\1", number)


def _is_followed(written: str, field: DestinationField) -> bool:
    """Whether a shorter number is followed by more: `0812345678 10` is two things."""
    starts = (written[: match.start()] for match in re.finditer(" ", written))
    shorter = (national(start) for start in starts)
    return any(number is not None and field.fits(number) for number in shorter)
