"""An account as one text: how orders keep it, suppliers want it and people read it."""

from collections.abc import Mapping, Sequence
from string import Formatter

from catalog.destinations.fields import DestinationField
from catalog.destinations.refusals import BadDestination

SEPARATOR = "|"


def join(account: Mapping[str, str]) -> str:
    """An account as the one text that orders keep.

    Raises BadDestination where a part holds the separator: it would be split elsewhere.
    """
    for name, part in account.items():
        if SEPARATOR in part:
            raise BadDestination(field=name)
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
