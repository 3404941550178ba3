"""From what somebody typed or pasted to the parts of an account."""

import re
from collections.abc import Mapping, Sequence

from catalog.destinations import labels, names, numbers, phones, refusals, signs
from catalog.destinations.fields import DestinationField, FieldKind, with_rules

MOST_CHARACTERS = 120  # of a kept account
_MOST_TYPED = 300
_READERS = {
    FieldKind.PHONE: phones.read_phone,
    FieldKind.RIOT_ID: names.read_riot_id,
    FieldKind.TEXT: names.read_text,
}


def parse(
    entered: Mapping[str, str],
    fields: Sequence[DestinationField],
    *,
    game: str = "",
) -> dict[str, str]:
    """The parts of an account as somebody typed or pasted them, tidied up.

    All parts may stand in one input (`123456789 (1234)`, `ID: … Server: …`). Parts that
    follow from the first are derived; `game` is the category's code, whose rules count
    for a store that keeps older fields. What comes out parses to itself.

    Raises BadDestination, naming the part at fault and what is wanted: for what cannot
    be right, what may mean two accounts, and signs that are not seen.
    """
    fields = with_rules(fields, game)
    texts = {field.name: _text_of(entered, field) for field in fields}
    if not any(texts.values()):
        raise refusals.missing(fields[0], fields)
    chosen = _choices(texts, fields)
    account = chosen | _numbers(texts, fields, game=game)
    for field in fields:
        if field.read_as in _READERS:
            if not texts[field.name]:
                raise refusals.missing(field, fields)
            account[field.name] = _READERS[field.read_as](texts[field.name], field)
    account |= _derived(account, fields)
    return _complete(account, fields)


def in_two_inputs(
    fields: Sequence[DestinationField], *, user_id: str, server: str
) -> dict[str, str]:
    """What `parse` reads, where a command or a program has these two inputs only.

    They are the first two parts, whatever those are called. Where an account has one
    part, the second input is read as the end of the first and never dropped.
    """
    names = [field.name for field in fields]
    if server and len(names) == 1:
        return {names[0]: f"{user_id} {server}"}
    return dict(zip(names, [user_id, server], strict=False))


def _text_of(entered: Mapping[str, str], field: DestinationField) -> str:
    typed = entered.get(field.name, "")
    if len(typed) > _MOST_TYPED:
        raise refusals.wrong(field, [field])
    text = signs.without_edges(typed)
    if signs.turns_reading(text):
        raise refusals.hidden(field)
    return text


def _choices(
    texts: dict[str, str], fields: Sequence[DestinationField]
) -> dict[str, str]:
    """What was chosen; a choice that is written in another input is taken out of it."""
    chosen = {}
    for field in fields:
        if field.read_as != FieldKind.CHOICE:
            continue
        if texts[field.name]:
            chosen[field.name] = _chosen(texts[field.name], field)
            continue
        for other in fields:
            # Inside of a name the same word is a part of the name.
            if other.read_as == FieldKind.NUMBER:
                found = _find_choice(texts[other.name], field, fields)
                if found:
                    chosen[field.name], texts[other.name] = found
    return chosen


def _spellings(field: DestinationField) -> dict[str, str]:
    """The values by how people write them: the value or its label, in small letters."""
    values = {value.lower(): value for value, _label in field.choices}
    return values | {label.lower(): value for value, label in field.choices}


def _chosen(text: str, field: DestinationField) -> str:
    plain = " ".join(signs.unified(text).split())
    value = _spellings(field).get(plain)
    if value is None:
        raise refusals.wrong(field, [field])
    return value


def _find_choice(
    text: str, field: DestinationField, fields: Sequence[DestinationField]
) -> tuple[str, str] | None:
    """The choice that is written in the text, and the text without it."""
    spellings = sorted(_spellings(field), key=len, reverse=True)
    if not spellings or not text:
        return None
    any_of = "|".join(map(re.escape, spellings))
    pattern = re.compile(rf"(?<![^\W_])(?:{any_of})(?![^\W_])")
    plain = signs.unified(text)
    values = {_spellings(field)[match] for match in pattern.findall(plain)}
    if len(values) > 1:
        raise refusals.unclear(fields)
    return (values.pop(), pattern.sub("\n", plain)) if values else None


def _numbers(
    texts: Mapping[str, str], fields: Sequence[DestinationField], *, game: str
) -> dict[str, str]:
    wanted = [field for field in fields if field.read_as == FieldKind.NUMBER]
    filled_in = [field for field in wanted if texts[field.name]]
    if not wanted:
        return {}
    if not filled_in:
        raise refusals.missing(wanted[0], fields)
    for field in filled_in:
        if signs.hides_in_digits(texts[field.name]):
            raise refusals.hidden(field)
    others = [field for field in fields if field not in wanted]
    idle = labels.idle_words(others, game=game)
    if len(filled_in) == 1:
        return _spread(texts[filled_in[0].name], wanted, idle=idle)
    alone = {
        field.name: _alone(texts[field.name], field, idle=idle, is_first=not place)
        for place, field in enumerate(wanted)
        if texts[field.name]
    }
    if all(alone.get(field.name) for field in wanted):
        return {name: value for name, value in alone.items() if value}
    return _repeated(texts, wanted, alone=alone, idle=idle)


def _spread(
    text: str, fields: Sequence[DestinationField], *, idle: frozenset[str]
) -> dict[str, str]:
    """The parts that are written in one text."""
    written = numbers.read_groups(text, labels=labels.label_words(fields), idle=idle)
    if written is None:
        raise refusals.unclear(fields)
    values = numbers.find_values(written, fields)
    return dict(zip([field.name for field in fields], values, strict=True))


def _alone(
    text: str, field: DestinationField, *, idle: frozenset[str], is_first: bool
) -> str | None:
    """The one number that an input of its own holds, or None."""
    written = numbers.read_groups(text, labels=labels.label_words([field]), idle=idle)
    if written is None or (len(written.groups) > 1 and not is_first):
        return None
    try:
        return numbers.find_values(written, [field])[0]
    except refusals.BadDestination:
        return None


def _repeated(
    texts: Mapping[str, str],
    fields: Sequence[DestinationField],
    *,
    alone: Mapping[str, str | None],
    idle: frozenset[str],
) -> dict[str, str]:
    """The whole account from the first input, where the other inputs repeat it."""
    try:
        account = _spread(texts[fields[0].name], fields, idle=idle)
    except refusals.BadDestination:
        raise _refusal_of(texts, fields, alone=alone, idle=idle) from None
    for field in fields[1:]:
        if texts[field.name] and alone[field.name] != account[field.name]:
            raise refusals.entered_twice(field)
    return account


def _refusal_of(
    texts: Mapping[str, str],
    fields: Sequence[DestinationField],
    *,
    alone: Mapping[str, str | None],
    idle: frozenset[str],
) -> refusals.BadDestination:
    """Why inputs that are filled in one by one are no account."""
    if len(fields) == 2:
        first, second = fields
        crossed = [
            _alone(texts[second.name], first, idle=idle, is_first=False),
            _alone(texts[first.name], second, idle=idle, is_first=False),
        ]
        if all(crossed):
            return refusals.swapped(fields)
    unfit = next(field for field in fields if not alone.get(field.name))
    if not texts[unfit.name]:
        return refusals.missing(unfit, fields)
    return refusals.wrong(unfit, fields)


def _derived(
    account: Mapping[str, str], fields: Sequence[DestinationField]
) -> dict[str, str]:
    """What follows from the first part; what was entered must say the same."""
    first, derived = fields[0], {}
    for field in fields:
        if not field.derived:
            continue
        values = [
            value
            for pattern, value in field.derived
            if re.fullmatch(pattern, account[first.name])
        ]
        if not values:
            raise refusals.no_server(first)
        if account.get(field.name, values[0]) != values[0]:
            raise refusals.other_server(field, first=first, value=values[0])
        derived[field.name] = values[0]
    return derived


def _complete(
    account: Mapping[str, str], fields: Sequence[DestinationField]
) -> dict[str, str]:
    """The parts in the order of the fields, each of them checked once more."""
    for field in fields:
        value = account.get(field.name)
        if value is None:
            raise refusals.missing(field, fields)
        if not field.fits(value) or "|" in value or not value.isprintable():
            raise refusals.wrong(field, fields)
    complete = {field.name: account[field.name] for field in fields}
    if len("|".join(complete.values())) > MOST_CHARACTERS:
        raise refusals.wrong(fields[0], fields)
    return complete
