"""Where a top-up goes: a player's account, a phone number, a meter; pure.

An account has parts that the store's category names (`Category.destination_fields`):
a game's `user_id` and `zone_id`, say. It is kept as one text, the parts joined by `|`.
"""

from catalog.destinations.fields import (
    DestinationField,
    FieldKind,
    asked_fields,
    read_fields,
    requirements,
)
from catalog.destinations.notation import SEPARATOR, fill, join, readable, split
from catalog.destinations.parsing import MOST_CHARACTERS, in_two_inputs, parse
from catalog.destinations.refusals import BadDestination

__all__ = [
    "MOST_CHARACTERS",
    "SEPARATOR",
    "BadDestination",
    "DestinationField",
    "FieldKind",
    "asked_fields",
    "fill",
    "in_two_inputs",
    "join",
    "parse",
    "read_fields",
    "readable",
    "requirements",
    "split",
]
