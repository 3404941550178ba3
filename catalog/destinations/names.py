"""Accounts that are names: Riot IDs, user names, any text."""

import re
import unicodedata

from catalog.destinations import refusals, signs
from catalog.destinations.fields import DestinationField

_LABEL = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,2} ?[:=]\s*")
_RIOT_LABEL = re.compile(r"(?:riot ?)?id\s*[:=]\s*", re.IGNORECASE)
_HASHES = str.maketrans({"＃": "#", "﹟": "#", "：": ":"})


def read_riot_id(text: str, field: DestinationField) -> str:
    """A Riot ID as `Name#TAG`; letters of any script, digits, blanks inside the name.

    Raises BadDestination. Signs that Unicode calls compatible with others (full-width
    letters, say) are refused: they could be another player's name.
    Source: support-legendsofruneterra.riotgames.com, article 20631044195219.
    """
    text = signs.without_decoration(text.translate(_HASHES)).lstrip("@#")
    text = _RIOT_LABEL.sub("", text, count=1) if _RIOT_LABEL.match(text) else text
    parts = unicodedata.normalize("NFC", text).split("#")
    if len(parts) != 2:
        raise refusals.wrong(field, [field])
    name, tag = map(signs.without_edges, parts)
    name = " ".join(name.split())
    value = f"{name}#{tag}"
    if signs.has_unseen(value):
        raise refusals.hidden(field)
    if not (_is_name(name) and _is_name(tag) and " " not in tag and field.fits(value)):
        raise refusals.wrong(field, [field])
    return value


def read_text(text: str, field: DestinationField) -> str:
    """A text that fits the field; what surrounds it is dropped where only that fits.

    Raises BadDestination.
    """
    plain = signs.without_edges(unicodedata.normalize("NFKC", text))
    plain = " ".join(plain.split())
    if not field.pattern:
        return _seen(plain, field)
    bare = signs.without_decoration(plain)
    candidates = [plain, bare, bare.lstrip("@#"), _LABEL.sub("", bare, count=1)]
    fitting = [each for each in candidates if field.fits(each)]
    if not fitting:
        raise refusals.wrong(field, [field])
    return _seen(fitting[0], field)


def _seen(text: str, field: DestinationField) -> str:
    if signs.turns_reading(text) or signs.has_unseen(text):
        raise refusals.hidden(field)
    return text


def _is_name(text: str) -> bool:
    """Whether it is letters, digits and blanks, none in disguise."""
    categories = [unicodedata.category(sign) for sign in text]
    is_plain = unicodedata.normalize("NFKC", text) == text
    return (
        bool(text)
        and is_plain
        and not categories[0].startswith("M")
        and all(
            category[0] == "L" or category in {"Mn", "Mc", "Nd", "Zs"}
            for category in categories
        )
    )
