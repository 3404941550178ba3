"""What the stock shows on a store's start page: what runs out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inventory import selectors
from ppob.kit.cards import Card, Place

TOPICS = frozenset({"alerts", "stock", "products"})


def _count(_now: datetime) -> Mapping[str, Any]:
    return {"count": selectors.count_open_alerts()}


def _list(_now: datetime) -> Mapping[str, Any]:
    return {"alerts": selectors.list_open_alerts()}


CARDS = (
    Card(Place.FIGURE, 40, "inventory/cards/low_count.html", TOPICS, _count),
    Card(Place.SIDE, 10, "inventory/cards/low_stock.html", TOPICS, _list),
)
