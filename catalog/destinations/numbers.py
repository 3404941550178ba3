"""Which digits of a pasted text belong together, and which part they are.

Nothing is guessed: a text is read in every way that it allows, and where more than one
way is left, or none, there is no account.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from catalog.destinations import refusals, signs
from catalog.destinations.fields import DestinationField

_MOST_GROUPS = 12
_LONGEST_GROUP = 5  # nobody writes one number in groups that are longer
_HARD = "/"  # between two numbers, never inside one
_LABELS = 0xE000  # private signs stand for the labels: place 0, place 1, …
_LABEL = "[\ue000-\ue00f]"
_PIECE = re.compile(r"[0-9]+|[^\W\d_]+|.", re.DOTALL)
# "<" and ">" are missing on purpose: <@123456789> is somebody's mention, no player.
_AROUND = frozenset(" \n()[]{}/\\|,;:=-_.#@&*\"'`~•·")
_FROM_LABEL_TO_NUMBER = re.compile(rf"[^\ue000-\ue00f]*{_LABEL}[ \n:=.\-#@(\[\"'`*_]*")


@dataclass(frozen=True)
class Group:
    """Digits without anything between them; `joiner` stands before them.

    `label` is the place of the part that a word before them names.
    """

    digits: str
    joiner: str
    label: int | None
    is_bracketed: bool


@dataclass(frozen=True)
class Written:
    """The groups of a text; with a heading (`ID (Zone):`), their order is known."""

    groups: tuple[Group, ...]
    has_heading: bool


def read_groups(
    text: str, *, labels: Mapping[str, int], idle: frozenset[str]
) -> Written | None:
    """The digits of a text; None where it holds what cannot belong to an account."""
    if signs.hides_in_digits(text):
        return None
    coded = _coded(signs.unified(text), labels=labels, idle=idle)
    if coded is None:
        return None
    headless = _without_heading(coded, parts=len(set(labels.values())))
    groups = _groups_of(headless or coded)
    if not groups or len(groups) > _MOST_GROUPS:
        return None
    return Written(tuple(groups), headless is not None)


def find_values(
    written: Written, fields: Sequence[DestinationField]
) -> tuple[str, ...]:
    """The value of each field, in their order, if the text can mean nothing else.

    Raises BadDestination.
    """
    found = _readings(written, fields)
    if len(found) != 1 or _may_lack_a_part(written, fields):
        raise _refusal(written, fields, found)
    values = next(iter(found))
    is_told = written.has_heading or any(
        group.label is not None or group.is_bracketed for group in written.groups[1:]
    )
    is_told = is_told or written.groups[0].label is not None
    if not is_told and _fit_swapped(values, fields):
        raise refusals.unclear(fields)
    return values


def _coded(text: str, *, labels: Mapping[str, int], idle: frozenset[str]) -> str | None:
    """The text with its words replaced; None where one is not known."""
    coded = []
    for piece in _PIECE.findall(text):
        if piece in labels:
            coded.append(chr(_LABELS + labels[piece]))
        elif piece in idle:
            coded.append("\n")
        elif piece.isdecimal() or piece in _AROUND:
            coded.append(piece)
        else:
            return None
    # "ID Zone" is one label: its last part says more than "ID".
    return re.sub(
        rf"{_LABEL}(?: *{_LABEL})+",
        lambda run: max(run[0].replace(" ", "")),
        "".join(coded),
    )


def _without_heading(coded: str, *, parts: int) -> str | None:
    """The text behind a heading that names all parts in order; None without one."""
    start = re.match(r"[^0-9]*", coded)
    head = start[0] if start else ""
    named = re.findall(_LABEL, head)
    expected = [chr(_LABELS + place) for place in range(parts)]
    rest = coded[len(head) :]
    if parts < 2 or named != expected or re.search(_LABEL, rest):
        return None
    return rest


def _groups_of(coded: str) -> list[Group]:
    """The groups of digits; none where a label has no number of its own."""
    groups: list[Group] = []
    for between, digits in re.findall(r"([^0-9]*)([0-9]+)", coded):
        named = re.findall(_LABEL, between)
        if named and not _FROM_LABEL_TO_NUMBER.fullmatch(between):
            return []
        label = ord(named[0]) - _LABELS if named else None
        is_bracketed = "(" in between or "[" in between
        joiner = _joiner(between) if groups else ""
        groups.append(Group(digits, joiner, label, is_bracketed))
    tail = re.split(r"[0-9]", coded)[-1]
    return [] if re.search(_LABEL, tail) else groups


def _joiner(between: str) -> str:
    if not between.strip(" "):
        return " "
    return between if between in {".", "-"} else _HARD


def _readings(
    written: Written, fields: Sequence[DestinationField]
) -> set[tuple[str, ...]]:
    """Every way to read the groups as one number for each field."""
    found = set()
    for numbers in _partitions(written.groups, parts=len(fields)):
        places = _places(numbers)
        if places is None:
            continue
        by_place = dict(zip(places, numbers, strict=True))
        values = [
            _value(by_place[place], field, is_first=place == 0)
            for place, field in enumerate(fields)
        ]
        known = tuple(value for value in values if value is not None)
        if len(known) == len(fields):
            found.add(known)
    return found


def _partitions(
    groups: Sequence[Group], *, parts: int
) -> Iterator[list[Sequence[Group]]]:
    """The groups as so many numbers; what stands hard between two stays between."""
    # In an account of several parts, "-" separates them: 123456789-1234.
    parting = {_HARD, "-"} if parts > 1 else {_HARD}
    forced = {at for at, group in enumerate(groups) if group.joiner in parting}
    for cuts in combinations(range(1, len(groups)), parts - 1):
        if forced <= set(cuts):
            ends = [0, *cuts, len(groups)]
            yield [groups[start:end] for start, end in pairwise(ends)]


def _places(numbers: Sequence[Sequence[Group]]) -> list[int] | None:
    """The place of each number among the fields; None where labels contradict it.

    All numbers named: any order. Some or none: the order of the fields.
    """
    named = [number[0].label for number in numbers]
    in_order = list(range(len(numbers)))
    if sorted(place for place in named if place is not None) == in_order:
        return [place for place in named if place is not None]
    fits = all(name in {None, place} for place, name in enumerate(named))
    return in_order if fits else None


def _value(
    number: Sequence[Group], field: DestinationField, *, is_first: bool
) -> str | None:
    digits = "".join(group.digits for group in number)
    if not field.fits(digits):
        return None
    # Only the first part is long enough to be written in groups.
    if len(number) == 1 or (is_first and _is_one_number(number, field)):
        return digits
    return None


def _is_one_number(number: Sequence[Group], field: DestinationField) -> bool:
    """Whether groups are one number and not a number and, say, an amount.

    Threes are (`123 456 789`, `1.234.567`); others if no part of them would be a number
    by itself.
    """
    digits = [group.digits for group in number]
    lengths = [len(each) for each in digits]
    has_points = all(group.joiner == "." for group in number[1:])
    if set(lengths[1:]) == {3} and lengths[0] in ({1, 2, 3} if has_points else {3}):
        return True
    shorter = [
        "".join(part)
        for at in range(1, len(digits))
        for part in (digits[:at], digits[at:])
    ]
    return max(lengths) <= _LONGEST_GROUP and not any(map(field.fits, shorter))


def _may_lack_a_part(written: Written, fields: Sequence[DestinationField]) -> bool:
    """Whether all groups may be the first part alone, and the others forgotten."""
    if len(fields) == 1 or written.has_heading:
        return False
    groups = written.groups
    is_loose = all(
        group.joiner in {" ", "."} and group.label is None for group in groups[1:]
    )
    is_short = max(len(group.digits) for group in groups) <= _LONGEST_GROUP
    return is_loose and is_short and fields[0].fits(_all_digits(groups))


def _all_digits(groups: Sequence[Group]) -> str:
    return "".join(group.digits for group in groups)


def _fit_swapped(values: Sequence[str], fields: Sequence[DestinationField]) -> bool:
    if len(fields) != 2 or values[0] == values[1]:
        return False
    return fields[0].fits(values[1]) and fields[1].fits(values[0])


def _refusal(
    written: Written,
    fields: Sequence[DestinationField],
    found: set[tuple[str, ...]],
) -> refusals.BadDestination:
    groups = written.groups
    if not found and len(groups) == len(fields):
        return _refusal_of_each([group.digits for group in groups], fields)
    is_alone = groups[0].label in {None, 0} and all(
        group.joiner in {" ", "."} and group.label is None for group in groups[1:]
    )
    is_first = is_alone and _value(groups, fields[0], is_first=True) is not None
    if len(fields) > 1 and not found and is_first:
        return refusals.missing(fields[1], fields)
    return refusals.unclear(fields)


def _refusal_of_each(
    values: Sequence[str], fields: Sequence[DestinationField]
) -> refusals.BadDestination:
    if _fit_swapped(values, fields):
        return refusals.swapped(fields)
    unfit = [
        field
        for field, value in zip(fields, values, strict=True)
        if not field.fits(value)
    ]
    if len(unfit) == 1:
        return refusals.wrong(unfit[0], fields)
    return refusals.unclear(fields)
