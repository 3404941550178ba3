"""The parts that an account has, and what each of them looks like."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from catalog.games import find_game
from ppob.kit.i18n import filled

_WHOLE = "account"  # the name of the only part where a category names none
_UNLIMITED = 10_000  # how far a pattern without an upper bound reaches
_REPEATED = r"(?:\{[0-9]+(?:,[0-9]*)?\}|[+*?])?"
_SIGN = re.compile(rf"(?:\[[0-9-]+\]|\\d|[0-9])({_REPEATED})")


class FieldKind(StrEnum):
    """How a part is read from what somebody typed."""

    NUMBER = "number"
    PHONE = "phone"
    RIOT_ID = "riot_id"
    CHOICE = "choice"
    TEXT = "text"


_KINDS = {kind.value: kind for kind in FieldKind}
_EXAMPLES = {FieldKind.PHONE: "081234567890", FieldKind.RIOT_ID: "Name#TAG"}


@dataclass(frozen=True)
class DestinationField:
    """One part of an account: what it is called, and what it looks like.

    `pattern` is a regular expression for the whole part, any text without one. Where
    there are `choices` (value and label each), it is one of them. `derived` says which
    value follows from the first part (pattern of that part, value): nobody has to
    type it. An empty `kind` is told from the others. `example` is shown to people.
    """

    name: str
    label: str
    pattern: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    derived: tuple[tuple[str, str], ...] = ()
    example: str = ""

    @property
    def read_as(self) -> FieldKind:
        """The kind; older categories name none, and their patterns tell it."""
        if self.kind in _KINDS:
            return _KINDS[self.kind]
        if self.choices or self.derived:
            return FieldKind.CHOICE
        if "#" in self.pattern:
            return FieldKind.RIOT_ID
        return FieldKind.NUMBER if digits_of(self.pattern) else FieldKind.TEXT

    def fits(self, value: str) -> bool:
        """Whether the value is one that this part can have."""
        if self.choices and value not in dict(self.choices):
            return False
        return re.fullmatch(self.pattern or ".+", value) is not None


def read_fields(stored: Sequence[Mapping[str, Any]]) -> tuple[DestinationField, ...]:
    """The parts that a category's `destination_fields` ask for; one text without."""
    fields = tuple(
        DestinationField(
            name=each["name"],
            label=each.get("label", each["name"]),
            pattern=each.get("pattern", ""),
            choices=_pairs(each.get("choices", ())),
            kind=each.get("kind", ""),
            derived=_pairs(each.get("derived", ())),
            example=each.get("example", ""),
        )
        for each in stored
    )
    return fields or (DestinationField(_WHOLE, "ID"),)


def asked_fields(
    fields: Sequence[DestinationField], *, game: str = ""
) -> tuple[DestinationField, ...]:
    """The parts that a buyer types or chooses; the others follow from the first."""
    return tuple(field for field in with_rules(fields, game) if not field.derived)


def with_rules(
    fields: Sequence[DestinationField], game: str
) -> tuple[DestinationField, ...]:
    """The fields, with what the game's code says about a part that can be derived.

    A store whose category is older than the rule holds a plain field of that name.
    """
    known = find_game(game)
    rules = {
        rule.name: rule
        for rule in read_fields(known.destination_fields if known else ())
        if rule.derived
    }
    return tuple(
        replace(
            field,
            choices=field.choices or rules[field.name].choices,
            derived=rules[field.name].derived,
        )
        if field.name in rules and not field.derived
        else field
        for field in fields
    )


def requirements(fields: Sequence[DestinationField]) -> str | Promise:
    """What the parts look like: `User ID 5 to 12 digits, Zone ID 3 to 6 digits`."""
    asked = [field for field in fields if not field.derived] or fields
    return format_lazy(", ".join(["{}"] * len(asked)), *map(_requirement, asked))


def digits_of(pattern: str) -> tuple[int, int] | None:
    """The least and the most digits that the pattern takes; None if not only digits."""
    ranges = [_digits_of_one(each) for each in pattern.strip("^$").split("|")]
    known = [each for each in ranges if each is not None]
    if len(known) < len(ranges):
        return None
    return min(least for least, _most in known), max(most for _least, most in known)


def _digits_of_one(pattern: str) -> tuple[int, int] | None:
    if not re.fullmatch(f"(?:{_SIGN.pattern})+", pattern):
        return None
    counts = [_count(match[1]) for match in _SIGN.finditer(pattern)]
    return sum(least for least, _most in counts), sum(most for _least, most in counts)


def _count(repeated: str) -> tuple[int, int]:
    signs = {"": (1, 1), "?": (0, 1), "+": (1, _UNLIMITED), "*": (0, _UNLIMITED)}
    if repeated in signs:
        return signs[repeated]
    least, comma, most = repeated[1:-1].partition(",")
    if not comma:
        return int(least), int(least)
    return int(least), int(most or _UNLIMITED)


def _requirement(field: DestinationField) -> str | Promise:
    if field.choices:
        labels = " / ".join(label for _value, label in field.choices)
        return f"{field.label} {labels}"
    example = field.example or _EXAMPLES.get(field.read_as, "")
    least, most = digits_of(field.pattern) or (0, _UNLIMITED)
    if field.read_as != FieldKind.NUMBER or most >= _UNLIMITED:
        such_as = _("%(label)s such as %(example)s")
        if not example:
            return field.label
        return filled(such_as, label=field.label, example=example)
    if least == most:
        return filled(_("%(label)s %(count)d digits"), label=field.label, count=least)
    return filled(
        _("%(label)s %(least)d to %(most)d digits"),
        label=field.label,
        least=least,
        most=most,
    )


def _pairs(stored: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((first, second) for first, second in stored)
