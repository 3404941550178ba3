"""What each app shows on a store's start page.

An app states its cards in `<app>/cards.py` as `CARDS`; the page puts those of all apps
together and knows none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps


class Place(StrEnum):
    """Where on the page a card stands, from the top."""

    NOTICE = "notice"  # something waits for somebody
    FIGURE = "figure"  # one number
    LINE = "line"
    MAIN = "main"
    SIDE = "side"


@dataclass(frozen=True)
class Card:
    """One card. `rank` orders the cards of a place, small numbers first.

    `load` gets what the template says, at this moment and in the scope of the store;
    None if there is nothing to show. `topics` are the live news after which it may say
    something else.
    """

    place: Place
    rank: int
    template: str
    topics: frozenset[str]
    load: Callable[[datetime], Mapping[str, Any] | None]


@cache
def all_cards() -> tuple[Card, ...]:
    """The cards of every installed app that has some, in their order on the page."""
    found = [
        card
        for app in apps.get_app_configs()
        if find_spec(f"{app.name}.cards")
        for card in import_module(f"{app.name}.cards").CARDS
    ]
    places = list(Place)
    return tuple(sorted(found, key=lambda card: (places.index(card.place), card.rank)))
