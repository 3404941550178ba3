"""Where a top-up goes: a player's account, a phone number, a meter; pure.

An account has parts that the store's category names (`Category.destination_fields`):
a game's `user_id` and `zone_id`, say. It is kept as one text, the parts joined by `|`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from django.utils.translation import gettext_lazy as _

from ppob.kit.errors import InvalidInput

SEPARATOR = "|"
MOST_CHARACTERS = 120
_WHOLE = "account"  # the name of the only part where a category names none


class BadDestination(InvalidInput):
    """The account cannot be one; `field` names the part that is at fault."""

    code = "BAD_DESTINATION"
    default = _("This account cannot be right. Please check it.")


@dataclass(frozen=True)
class DestinationField:
    """One part of an account: what it is called, and what it looks like.

    `pattern` is a regular expression for the whole part, any text without one. Where
    there are `choices` (value and label each), it is one of them.
    """

    name: str
    label: str
    pattern: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def read_fields(stored: Sequence[Mapping[str, Any]]) -> tuple[DestinationField, ...]:
    """The parts that a category's `destination_fields` ask for; one text without."""
    fields = tuple(
        DestinationField(
            name=each["name"],
            label=each.get("label", each["name"]),
            pattern=each.get("pattern", ""),
            choices=tuple((value, label) for value, label in each.get("choices", ())),
        )
        for each in stored
    )
    return fields or (DestinationField(_WHOLE, "ID"),)


def parse(
    entered: Mapping[str, str], fields: Sequence[DestinationField], *, game: str = ""
) -> dict[str, str]:
    """The parts of an account as somebody typed them, tidied up.

    Raises BadDestination, naming the part that cannot be right.
    """
    account = {field.name: _tidy(entered.get(field.name, "")) for field in fields}
    for field in fields:
        _check(field, account[field.name])
    if len(join(account)) > MOST_CHARACTERS:
        raise BadDestination(field=fields[0].name)
    return account


def join(account: Mapping[str, str]) -> str:
    """An account as the one text that orders keep."""
    return SEPARATOR.join(account.values())


def split(destination: str, fields: Sequence[DestinationField]) -> dict[str, str]:
    """The parts of a kept account by their names.

    A text that has other parts than these is one whole, under the first name: it was
    kept before the category had them.
    """
    parts = destination.split(SEPARATOR)
    if len(parts) != len(fields):
        return {fields[0].name: destination}
    return {field.name: part for field, part in zip(fields, parts, strict=True)}


def fill(written: str, account: Mapping[str, str]) -> str:
    """An account in a supplier's notation, such as `{user_id}|{zone_id}`.

    Raises BadDestination where the notation names a part that the account has not.
    """
    try:
        return "".join(
            text + (account[name] if name is not None else "")
            for text, name, _spec, _conversion in Formatter().parse(written)
        )
    except (KeyError, ValueError) as error:
        raise BadDestination from error


def readable(destination: str) -> str:
    """A kept account as people read it: `123456789 (1234)`."""
    first, *others = destination.split(SEPARATOR)
    return f"{first} ({', '.join(others)})" if others else first


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _check(field: DestinationField, value: str) -> None:
    if field.choices:
        is_right = value in dict(field.choices)
    else:
        is_right = re.fullmatch(field.pattern or ".+", value) is not None
    # A sign that nobody sees would send it to another account than the one on screen.
    if not is_right or not value.isprintable() or SEPARATOR in value:
        raise BadDestination(
            _("%(label)s cannot be right. Please check it.") % {"label": field.label},
            field=field.name,
        )
