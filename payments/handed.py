"""What a buyer can read of a delivered order, by the kinds of its lines; pure."""

from collections.abc import Iterable
from enum import StrEnum

from catalog.states import SUPPLIED_KINDS, ProductKind


class Handed(StrEnum):
    """What the buyer of a delivered order can read of it, whatever it is called."""

    CODES = "codes"
    SERIAL_NUMBERS = "serial_numbers"  # of top-ups, perhaps with bills among them
    RECEIPTS = "receipts"  # of bills alone


def handed_of(kinds: Iterable[str]) -> Handed:
    """What an order with lines of these kinds hands over; codes go first."""
    found = set(kinds)
    if found == {ProductKind.BILL}:
        return Handed.RECEIPTS
    if found and found <= set(SUPPLIED_KINDS):
        return Handed.SERIAL_NUMBERS
    return Handed.CODES
