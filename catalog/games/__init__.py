"""The games and other things that are topped up; pure."""

from catalog.games.kinds import find_kind
from catalog.games.operators import operator_of
from catalog.games.table import (
    DATA,
    EMONEY,
    GAMES,
    KINDS,
    PLN,
    PULSA,
    Game,
    find_game,
)

__all__ = [
    "DATA",
    "EMONEY",
    "GAMES",
    "KINDS",
    "PLN",
    "PULSA",
    "Game",
    "find_game",
    "find_kind",
    "operator_of",
]
