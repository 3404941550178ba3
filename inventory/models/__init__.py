"""Codes, who holds them, and every change of their number."""

from inventory.models.alert import StockAlert
from inventory.models.hold import Hold
from inventory.models.item import BUCKETS, StockItem
from inventory.models.movement import StockMovement

__all__ = ["BUCKETS", "Hold", "StockAlert", "StockItem", "StockMovement"]
