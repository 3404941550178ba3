"""The words that people write beside the numbers of an account."""

import re
from collections.abc import Sequence

from catalog.destinations.fields import DestinationField
from catalog.games import find_game

_WORD = re.compile(r"[^\W\d_]+")
_FIRST = (
    "id uid userid user player playerid pemain pengguna akun account karakter "
    "character role nomor nomer no number idgame gameid openid idpel meter pelanggan "
    "nometer"
)
_SERVER = "zone zona zoneid idzone zid server serverid idserver srv sv svr"
_PHONE = "hp nohp wa whatsapp telp tlp telepon phone handphone ponsel tel tujuan nomer"
# What surrounds an account in a chat and says nothing about it.
_SMALL_TALK = (
    "saya aku gue gua punya my is adalah nya ini kak kakak min gan bang bro bos tolong "
    "please ya dan and the game in nih halo hai hi"
)
_SERVER_FIELDS = {"zone_id", "server", "server_id"}


def label_words(fields: Sequence[DestinationField]) -> dict[str, int]:
    """Words that name a part, with the place of that part among the fields."""
    words: dict[str, int] = {}
    for place, field in reversed(list(enumerate(fields))):
        words |= dict.fromkeys(_words_of(field), place)
    # "ID" is in the labels of all parts; alone it is the first.
    return words | dict.fromkeys(_FIRST.split(), 0)


def idle_words(others: Sequence[DestinationField], *, game: str) -> frozenset[str]:
    """Words that are passed over: small talk, the game's name, labels of `others`."""
    known = find_game(game)
    names = (known.code, known.name, *known.brands) if known else ()
    spoken = _WORD.findall(" ".join(names).lower())
    labels = [word for field in others for word in _words_of(field)]
    return frozenset([*_SMALL_TALK.split(), *spoken, *labels])


def phone_words() -> frozenset[str]:
    """Words before a telephone number."""
    return frozenset([*_FIRST.split(), *_PHONE.split(), *_SMALL_TALK.split()])


def _words_of(field: DestinationField) -> list[str]:
    words = _WORD.findall(f"{field.label} {field.name.replace('_', ' ')}".lower())
    return [*words, *_SERVER.split()] if field.name in _SERVER_FIELDS else words
