"""The games and other things that are topped up; pure."""

from catalog.games.bills import BillKind, find_bill
from catalog.games.kinds import find_kind
from catalog.games.operators import operator_named, operator_of
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
    "BillKind",
    "Game",
    "find_bill",
    "find_game",
    "find_kind",
    "operator_named",
    "operator_of",
]
