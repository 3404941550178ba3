"""What every supplier offers, in our words.

An adapter speaks one supplier's protocol. It gets plain values, returns facts and
raises exactly three kinds of errors: refused, unreachable, outcome unknown. What a fact
means for a purchase is decided by the services above.

Amounts are whole rupiah. Times are aware datetimes in UTC, except cut-off windows.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import ClassVar

from ppob.kit.providers import (
    Adapter,
    BadCallback,
    Mode,
    OddCallback,
    OutcomeUnknown,
    ProviderConfig,
    ProviderRefused,
    ProviderSpec,
    ProviderUnreachable,
    WrongCredentials,
)

# One import is enough for an adapter.
__all__ = [
    "BadCallback",
    "FactState",
    "Mode",
    "OddCallback",
    "OutcomeUnknown",
    "PricedProduct",
    "ProviderConfig",
    "ProviderRefused",
    "ProviderUnreachable",
    "PurchaseFact",
    "PurchaseRequest",
    "Supplier",
    "SupplierSpec",
    "TooOld",
    "WrongCredentials",
]


class TooOld(ProviderRefused):
    """The supplier may have forgotten this reference: asking about it might buy."""


class FactState(StrEnum):
    """How far a purchase has come, as the supplier tells it.

    `FAILED` had a transaction that ended without success, `NOT_FORMED` never had one.
    `REFUNDED` gave the money back, possibly after a success. `UNCLEAR` is an answer
    that only a person can read; it is never a failure.
    """

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"
    NOT_FORMED = "not_formed"
    REFUNDED = "refunded"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class SupplierSpec(ProviderSpec):
    """A supplier, declared. `account_key` names the account in lists and messages."""


@dataclass(frozen=True)
class PurchaseRequest:
    """What we ask a supplier to buy, or ask about; equal each time but for `sent_at`.

    `ref_id` is ours, exists before the first call and never changes. `ceiling` is the
    most it may cost. `callback_url` is where the supplier reports. `first_sent_at` is
    when this reference first left us, `sent_at` is now.
    """

    ref_id: str
    sku: str
    destination: str
    ceiling: int
    callback_url: str
    first_sent_at: datetime
    sent_at: datetime


@dataclass(frozen=True)
class PurchaseFact:
    """What the supplier says about one reference at one moment.

    `rc` and `message` are its own words. `cost` is what it took from our deposit, None
    if it doesn't say. `serial_number` may be the code the buyer paid for; it is empty
    unless the purchase succeeded. With `is_account_trouble` nothing is wrong with the
    product or the destination: the store's account at the supplier needs its owner.
    """

    ref_id: str
    state: FactState
    rc: str
    message: str
    cost: int | None = None
    serial_number: str = field(default="", repr=False)
    is_account_trouble: bool = False


@dataclass(frozen=True)
class PricedProduct:
    """One line of a supplier's price list.

    The supplier takes no orders between `closed_from` and `closed_until` (Jakarta time,
    may pass midnight); both None if it always does.
    """

    sku: str
    name: str
    cost: int
    is_available: bool
    closed_from: time | None
    closed_until: time | None


class Supplier(Adapter, ABC):
    """One store's door to one supplier.

    No method may run inside a database transaction (`ppob.kit.http` refuses).
    """

    spec: ClassVar[SupplierSpec]

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config

    @abstractmethod
    def buy(self, request: PurchaseRequest) -> PurchaseFact:
        """Buy one unit under our reference; the first call with it.

        Raises ProviderRefused, ProviderUnreachable or OutcomeUnknown.
        """

    @abstractmethod
    def look_up(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of an earlier `buy` with the same request.

        For suppliers whose status check is the purchase call itself, a reference that
        never arrived is bought now, so nobody asks about one that was given up. Raises
        ProviderRefused (TooOld when asking might buy again), ProviderUnreachable or
        OutcomeUnknown.
        """

    @abstractmethod
    def read_callback(
        self, headers: Mapping[str, str], body: bytes
    ) -> PurchaseFact | None:
        """The fact in a callback, after proving that the supplier signed these bytes.

        None for a proven callback without news. `body` is the raw request body; header
        names are compared without case. Pure: nothing is sent or stored. Raises
        BadCallback, also when there is no secret to prove it with, and OddCallback for
        what is proven and cannot be read. Whatever the bytes are, nothing else.
        """

    @abstractmethod
    def read_balance(self) -> int:
        """The deposit we have at the supplier, in whole rupiah; raises like `buy`."""

    @abstractmethod
    def list_prices(self) -> list[PricedProduct]:
        """Everything we may buy now; raises like `buy`."""
