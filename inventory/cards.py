"""What the stock shows on a store's start page: what runs out, deposits included."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inventory import selectors
from inventory.services import deposit_forecast
from ppob.kit.cards import Card, Place

TOPICS = frozenset({"alerts", "stock", "products"})


def _count(_now: datetime) -> Mapping[str, Any]:
    return {"count": selectors.count_open_alerts()}


def _list(_now: datetime) -> Mapping[str, Any]:
    return {"alerts": selectors.list_open_alerts()}


def _deposits(now: datetime) -> Mapping[str, Any] | None:
    low = deposit_forecast.list_low(now=now)
    return {"deposits": low} if low else None


CARDS = (
    Card(
        Place.NOTICE,
        40,
        "inventory/cards/low_deposits.html",
        frozenset({"suppliers"}),
        _deposits,
    ),
    Card(Place.FIGURE, 40, "inventory/cards/low_count.html", TOPICS, _count),
    Card(Place.SIDE, 10, "inventory/cards/low_stock.html", TOPICS, _list),
)
