"""Telling the seller in time: one open alert a product, raised by crossing a level."""

from datetime import datetime

from django.db import IntegrityError

from catalog.models import Product
from catalog.states import ProductKind
from inventory import locks, selectors
from inventory.events import StockRanLow
from inventory.models import StockAlert
from inventory.states import AlertLevel, alert_level
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.events import announce
from ppob.kit.rows import find_row

_URGENCY = [None, AlertLevel.WARNING, AlertLevel.CRITICAL, AlertLevel.EMPTY]


def check_product(*, product_id: int, now: datetime) -> StockAlert | None:
    """Compare the product's stock with its minimum; the open alert afterwards.

    The seller hears of it when the level gets more urgent, not when it eases, and once
    more when the product is refilled.
    """
    try:
        with unit_of_work("inventory.check_product"):
            product = find_row(Product, id=product_id, kind=ProductKind.CODE)
            if product is None or product.archived_at is not None:
                return None
            # Nearly always: that costs no lock and no count of all codes.
            if selectors.is_well_stocked(product):
                return None
            return _compare(product, now=now)
    except IntegrityError:
        return None  # another worker raised the same alert a moment ago


def _compare(product: Product, *, now: datetime) -> StockAlert | None:
    # Its lock comes before the count: who has waited for another worker counts anew.
    alert = locks.open_alert(product.pk)
    available = selectors.available([product.pk])[product.pk]
    level = (
        alert_level(available=available, minimum=product.minimum_stock)
        # What nobody can buy runs out of nothing: its alert ends.
        if product.is_active
        else None
    )
    if level is None:
        if alert is not None:
            StockAlert.objects.filter(pk=alert.pk).update(
                resolved_at=now, available=available
            )
            _announce(alert, level="", available=available)
        return None
    if alert is None:
        alert = StockAlert.objects.create(
            product=product,
            level=level,
            available=available,
            raised_at=now,
            changed_at=now,
        )
        _announce(alert, level=level, available=available)
    elif alert.level != level:
        rises = _URGENCY.index(level) > _URGENCY.index(AlertLevel(alert.level))
        StockAlert.objects.filter(pk=alert.pk).update(
            level=level, available=available, changed_at=now
        )
        if rises:
            _announce(alert, level=level, available=available)
    return alert


def _announce(alert: StockAlert, *, level: str, available: int) -> None:
    announce(
        StockRanLow(
            alert.tenant_id,
            alert_id=alert.pk,
            product_id=alert.product_id,
            level=str(level),
            available=available,
        )
    )
    live.announce(alert.tenant_id, "alerts", product_id=alert.product_id)
