"""Facts that the inventory announces to the apps above."""

from dataclasses import dataclass
from datetime import datetime

from inventory.models import Purchase, PurchaseAttempt
from ppob.kit.events import Event


@dataclass(frozen=True)
class StockChanged(Event):
    """The stock of a product changed."""

    names = ("stock.changed",)

    tenant_id: int
    product_id: int


@dataclass(frozen=True)
class StockRanLow(Event):
    """A product crossed an alert level downwards; `available` pieces are left."""

    names = ("stock.ran_low",)

    tenant_id: int
    alert_id: int
    product_id: int
    level: str
    available: int


@dataclass(frozen=True)
class PurchaseProgressed(Event):
    """What a buyer would like to know of a purchase has changed: `step` names it."""

    names = ("purchase.progressed",)

    tenant_id: int
    purchase: Purchase
    step: str


@dataclass(frozen=True)
class PurchaseLate(Event):
    """A purchase is not settled by the time that its buyer was promised."""

    names = ("purchase.late",)

    tenant_id: int
    purchase: Purchase


@dataclass(frozen=True)
class PurchaseSettled(Event):
    """A unit was bought at a supplier, or certainly was not: its status says which.

    The transaction has locked the purchase: receivers must not lock orders here (orders
    come before purchases), but have a job do it.
    """

    names = ("purchase.settled",)

    tenant_id: int
    purchase: Purchase


@dataclass(frozen=True)
class PurchaseStalled(Event):
    """A purchase waits for its owner's decision."""

    names = ("purchase.stalled",)

    tenant_id: int
    purchase: Purchase


@dataclass(frozen=True)
class PurchaseContradicted(Event):
    """A supplier contradicted its earlier word: `attempt.discrepancy` says how."""

    names = ("purchase.contradicted",)

    tenant_id: int
    attempt: PurchaseAttempt


@dataclass(frozen=True)
class DepositRunsDry(Event):
    """A deposit at a supplier lasts for a few hours only: `minutes_left`.

    `to_add` (rupiah) is what is missing so that it lasts a day.
    """

    names = ("supplier.runs_dry",)

    tenant_id: int
    account_id: int
    minutes_left: int
    to_add: int
    at: datetime


@dataclass(frozen=True)
class CostMove:
    """What a product cost and costs now, and what that made of its price (rupiah)."""

    product_id: int
    cost_before: int
    cost: int
    price_before: int
    price: int
    is_taken_off: bool = False


@dataclass(frozen=True)
class CostsMoved(Event):
    """A price list changed costs so much that a person should know.

    `moves` are the products of which that is so.
    """

    names = ("costs.moved",)

    tenant_id: int
    account_id: int
    moves: tuple[CostMove, ...]
    at: datetime


@dataclass(frozen=True)
class SupplierTroubled(Event):
    """A supplier account needs a person."""

    names = ("supplier.troubled",)

    tenant_id: int
    account_id: int
    trouble: str
    at: datetime


@dataclass(frozen=True)
class SupplierDown(Event):
    """A supplier does not answer or turns us away: nothing is sent there for now."""

    names = ("supplier.down",)

    tenant_id: int
    account_id: int
    reason: str
    at: datetime


@dataclass(frozen=True)
class SupplierBack(Event):
    """A supplier that was out of order answers again; purchases go there."""

    names = ("supplier.back",)

    tenant_id: int
    account_id: int
    at: datetime
