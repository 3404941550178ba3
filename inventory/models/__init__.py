"""Codes, who holds them, and every change of their number; units bought elsewhere."""

from inventory.models.alert import StockAlert
from inventory.models.batch import StockBatch
from inventory.models.bill import BillInquiry
from inventory.models.breaker import BreakerEvent
from inventory.models.deposit import DepositHold
from inventory.models.destination import AccountCheck, SavedDestination
from inventory.models.draft import StockDraft
from inventory.models.hold import Hold
from inventory.models.item import BUCKETS, StockItem
from inventory.models.movement import StockMovement
from inventory.models.price_change import PriceChange
from inventory.models.purchase import Purchase, PurchaseAttempt, PurchaseEvent
from inventory.models.supplier import SupplierAccount, SupplierProduct

__all__ = [
    "BUCKETS",
    "AccountCheck",
    "BillInquiry",
    "BreakerEvent",
    "DepositHold",
    "Hold",
    "PriceChange",
    "Purchase",
    "PurchaseAttempt",
    "PurchaseEvent",
    "SavedDestination",
    "StockAlert",
    "StockBatch",
    "StockDraft",
    "StockItem",
    "StockMovement",
    "SupplierAccount",
    "SupplierProduct",
]
