"""The games and top-ups that stores know. Costs are whole rupiah.

Publishers name no lengths of their ids, except Riot: the ranges are what suppliers and
shops accept in the field, wide on purpose; a look-up of the name decides. The servers
of HoYo UIDs are those of `thesadru/genshin.py`, `utility/uid.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DestinationPart = Mapping[str, Any]  # see `Category.destination_fields`


@dataclass(frozen=True)
class Game:
    """A game, or another thing that is topped up, with its denominations.

    `topups` are `(sku, name, cost)`, what a new store begins with. `brands` are the
    names under which suppliers list it.
    """

    code: str
    name: str
    emoji: str
    destination_fields: tuple[DestinationPart, ...]
    topups: tuple[tuple[str, str, int], ...] = ()
    brands: tuple[str, ...] = ()


def _digits(
    name: str, label: str, pattern: str, *, example: str = ""
) -> DestinationPart:
    return {"name": name, "label": label, "pattern": pattern, "example": example}


def _server_of_uid(*rules: tuple[str, str, str]) -> DestinationPart:
    """The server that follows from a UID: `(pattern of the UID, value, label)` each."""
    labels = {value: label for _pattern, value, label in rules}
    return {
        "name": "server",
        "label": "Server",
        "choices": [[value, label] for value, label in labels.items()],
        "derived": [[pattern, value] for pattern, value, _label in rules],
    }


_RIOT_ID = {
    "name": "riot_id",
    "label": "Riot ID",
    "pattern": "[^#]{3,16}#[^#]{3,5}",
    "kind": "riot_id",
    "example": "Name#TAG",
}
_PHONE = {
    "name": "phone",
    "label": "Phone number",
    "pattern": "08[0-9]{8,11}",
    "kind": "phone",
    "example": "081234567890",
}

GAMES = (
    Game(
        "ML",
        "Mobile Legends",
        "⚔️",
        (
            _digits("user_id", "User ID", "[0-9]{5,12}", example="136216325"),
            _digits("zone_id", "Zone ID", "[0-9]{3,6}", example="2685"),
        ),
        (
            ("ML-86", "86 Diamonds", 18_000),
            ("ML-172", "172 Diamonds", 36_000),
            ("ML-706", "706 Diamonds", 156_600),
        ),
        ("MOBILE LEGENDS", "MOBILELEGEND", "MOBILE LEGENDS BANG BANG", "MLBB"),
    ),
    Game(
        "FF",
        "Free Fire",
        "🔥",
        (_digits("user_id", "Player ID", "[0-9]{8,14}", example="2772860208"),),
        (
            ("FF-70", "70 Diamonds", 9_000),
            ("FF-140", "140 Diamonds", 18_000),
            ("FF-355", "355 Diamonds", 40_500),
        ),
        ("FREE FIRE", "GARENA FREE FIRE", "FREE FIRE MAX"),
    ),
    Game(
        "PUBG",
        "PUBG Mobile",
        "🎯",
        (_digits("user_id", "Character ID", "[0-9]{5,14}", example="5123456789"),),
        (
            ("PUBG-60", "60 UC", 13_500),
            ("PUBG-325", "325 UC", 63_000),
            ("PUBG-660", "660 UC", 135_000),
        ),
        ("PUBG MOBILE", "PUBGM"),
    ),
    Game(
        "GENSHIN",
        "Genshin Impact",
        "✨",
        (
            _digits("user_id", "UID", "[0-9]{9,10}", example="812345678"),
            _server_of_uid(
                ("6[0-9]{8}", "os_usa", "America"),
                ("7[0-9]{8}", "os_euro", "Europe"),
                ("8[0-9]{8}", "os_asia", "Asia"),
                ("18[0-9]{8}", "os_asia", "Asia"),
                ("9[0-9]{8}", "os_cht", "TW, HK, MO"),
            ),
        ),
        (
            ("GENSHIN-60", "60 Genesis Crystals", 14_400),
            ("GENSHIN-330", "330 Genesis Crystals", 67_500),
            ("GENSHIN-WELKIN", "Blessing of the Welkin Moon", 67_500),
        ),
        ("GENSHIN IMPACT", "GENSHIN"),
    ),
    Game(
        "VALORANT",
        "Valorant",
        "🔫",
        (_RIOT_ID,),
        (
            ("VALORANT-475", "475 VP", 45_000),
            ("VALORANT-1000", "1000 VP", 90_000),
            ("VALORANT-2050", "2050 VP", 180_000),
        ),
        ("VALORANT",),
    ),
)

# Formats without products that a store begins with: sellers add them from a supplier.
MORE_GAMES = (
    Game(
        "AOV",
        "Arena of Valor",
        "🏹",
        (_digits("user_id", "Player ID", "[0-9]{5,18}", example="124590895269021"),),
        brands=("ARENA OF VALOR", "AOV", "GARENA AOV"),
    ),
    Game(
        "CODM",
        "Call of Duty Mobile",
        "🪖",
        (_digits("user_id", "Open ID", "[0-9]{10,25}", example="243402956362890880"),),
        brands=("CALL OF DUTY MOBILE", "CODM", "COD MOBILE"),
    ),
    Game(
        "HOK",
        "Honor of Kings",
        "👑",
        (_digits("user_id", "Player ID", "[0-9]{5,20}", example="123456789"),),
        brands=("HONOR OF KINGS", "HOK"),
    ),
    Game(
        "PB",
        "Point Blank",
        "💥",
        (_digits("user_id", "Zepetto ID", "[A-Za-z0-9._-]{3,20}", example="wakwaw55"),),
        brands=("POINT BLANK", "POINT BLANK ZEPETTO"),
    ),
    Game(
        "HSR",
        "Honkai: Star Rail",
        "🚂",
        (
            _digits("user_id", "UID", "[0-9]{9}", example="800000001"),
            _server_of_uid(
                ("6[0-9]{8}", "prod_official_usa", "America"),
                ("7[0-9]{8}", "prod_official_eur", "Europe"),
                ("8[0-9]{8}", "prod_official_asia", "Asia"),
                ("9[0-9]{8}", "prod_official_cht", "TW, HK, MO"),
            ),
        ),
        brands=("HONKAI STAR RAIL", "HSR"),
    ),
    Game(
        "ZZZ",
        "Zenless Zone Zero",
        "📺",
        (
            _digits("user_id", "UID", "[0-9]{10}", example="1300000001"),
            _server_of_uid(
                ("10[0-9]{8}", "prod_gf_us", "America"),
                ("15[0-9]{8}", "prod_gf_eu", "Europe"),
                ("13[0-9]{8}", "prod_gf_jp", "Asia"),
                ("17[0-9]{8}", "prod_gf_sg", "TW, HK, MO"),
            ),
        ),
        brands=("ZENLESS ZONE ZERO", "ZZZ"),
    ),
    Game(
        "WILDRIFT",
        "League of Legends: Wild Rift",
        "🐉",
        (_RIOT_ID,),
        brands=("LEAGUE OF LEGENDS WILD RIFT", "WILD RIFT", "LOL WILD RIFT"),
    ),
    Game(
        "LIFEAFTER",
        "LifeAfter",
        "🧟",
        (
            _digits("user_id", "Player ID", "[0-9]{5,15}"),
            _digits(
                "server_id", "Server ID", "5[01][0-9]{4}|52000[0-2]", example="500001"
            ),
        ),
        brands=("LIFEAFTER", "LIFEAFTER CREDITS"),
    ),
    Game(
        "HIGGS",
        "Higgs Domino",
        "🁫",
        (_digits("user_id", "User ID", "[0-9]{5,15}"),),
        brands=("HIGGS DOMINO", "HIGGS", "HIGGS DOMINO ISLAND", "HIGGS GAMES ISLAND"),
    ),
    Game(
        "LORDS",
        "Lords Mobile",
        "🏰",
        (_digits("user_id", "IGG ID", "[0-9]{5,15}"),),
        brands=("LORDS MOBILE",),
    ),
    Game(
        "DRAGONRAJA",
        "Dragon Raja",
        "🐲",
        (_digits("user_id", "Player ID", "[0-9]{5,15}"),),
        brands=("DRAGON RAJA", "DRAGON RAJA SEA"),
    ),
    Game(
        "HAGO",
        "Hago",
        "🎲",
        (_digits("user_id", "User ID", "[0-9]{5,15}"),),
        brands=("HAGO",),
    ),
)

# What goes to a telephone number or a meter. Wallets are those whose account is a
# telephone number; a card (e-toll) has a number of its own and is none of them.
PULSA = Game("PULSA", "Pulsa", "📱", (_PHONE,))
DATA = Game("DATA", "Paket Data", "🌐", (_PHONE,))
EMONEY = Game(
    "EMONEY",
    "E-Money",
    "👛",
    (_PHONE,),
    brands=(
        "GO PAY",
        "OVO",
        "DANA",
        "SHOPEE PAY",
        "LINKAJA",
        "ISAKU",
        "ASTRAPAY",
        "DOKU",
    ),
)
PLN = Game(
    "PLN",
    "Token PLN",
    "⚡",
    (_digits("meter", "Meter number", "[0-9]{11,12}", example="12345678901"),),
    brands=("PLN", "PLN PREPAID", "PLN PRABAYAR", "TOKEN PLN"),
)

KINDS = (*GAMES, *MORE_GAMES, PULSA, DATA, EMONEY, PLN)
_BY_CODE = {kind.code: kind for kind in KINDS}


def find_game(code: str) -> Game | None:
    """The game or other kind of top-up with this code, or None."""
    return _BY_CODE.get(code.upper())
