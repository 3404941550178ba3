"""What stores show on their start page: whether their books and stock are in order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ppob.kit.cards import Card, Place
from tenants import selectors


def _health(now: datetime) -> Mapping[str, Any]:
    return {"health": selectors.read_health(now=now)}


CARDS = (
    Card(Place.LINE, 10, "tenants/_health_badge.html", frozenset({"health"}), _health),
)
