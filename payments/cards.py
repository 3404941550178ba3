"""What money and orders show on a store's start page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from payments import figures, selectors
from ppob.kit.cards import Card, Place

NEWEST = 6
ORDERS = frozenset({"orders"})
MONEY = frozenset({"money", "methods"})


def _transfers(_now: datetime) -> Mapping[str, Any] | None:
    waiting = len(selectors.transfers_to_confirm())
    return {"count": waiting} if waiting else None


def _unapplied(_now: datetime) -> Mapping[str, Any] | None:
    waiting = len(selectors.open_unapplied())
    return {"count": waiting} if waiting else None


def _income(now: datetime) -> Mapping[str, Any]:
    return {"amount": figures.income_since(_start_of_day(now))}


def _orders(now: datetime) -> Mapping[str, Any]:
    return {"count": figures.count_orders_since(_start_of_day(now))}


def _newest(_now: datetime) -> Mapping[str, Any]:
    return {"orders": selectors.order_page(limit=NEWEST)}


def _start_of_day(now: datetime) -> datetime:
    """Midnight in the store's time zone."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


CARDS = (
    Card(Place.NOTICE, 50, "payments/cards/transfers.html", ORDERS | MONEY, _transfers),
    Card(Place.NOTICE, 60, "payments/cards/unapplied.html", MONEY, _unapplied),
    Card(Place.FIGURE, 10, "payments/cards/income.html", ORDERS | MONEY, _income),
    Card(Place.FIGURE, 20, "payments/cards/order_count.html", ORDERS, _orders),
    Card(Place.MAIN, 10, "payments/cards/newest.html", ORDERS, _newest),
)
