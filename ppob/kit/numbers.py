"""Whole numbers in text that somebody else wrote."""

import re

MOST = 2**63 - 1  # what a column of keys holds
MOST_COUNTED = 2**31 - 1  # what a column of counts holds
_DIGITS = re.compile(r"[0-9]{1,19}")


def read_number(text: object, *, most: int = MOST) -> int | None:
    """The number that plain digits name, from zero to `most`; None for all else.

    `isdecimal` and `int` also know other scripts' digits, `isdigit` even those that
    `int` refuses (“²”), and no Python converts more than 4,300 of them.
    """
    if not isinstance(text, str) or not _DIGITS.fullmatch(text):
        return None
    number = int(text)
    return number if number <= most else None
