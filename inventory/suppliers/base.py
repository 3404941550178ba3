"""What every supplier offers, in our words.

An adapter speaks one supplier's protocol. It gets plain values, returns facts and
raises exactly three kinds of errors: refused, unreachable, outcome unknown. What a fact
means for a purchase is decided by the services above.

Amounts are whole rupiah. Times are aware datetimes in UTC, except cut-off windows.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import ClassVar

from inventory.suppliers.bills import (
    Bill,
    BillDetail,
    BillFinding,
    BillInput,
    BillQuestion,
)
from ppob.kit.providers import (
    Adapter,
    AddressRefused,
    BadCallback,
    KeysRefused,
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
    "AddressRefused",
    "BadCallback",
    "Bill",
    "BillDetail",
    "BillFinding",
    "BillInput",
    "BillQuestion",
    "FactState",
    "KeysRefused",
    "LookUp",
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
    """A supplier, declared. `account_key` names the account in lists and messages.

    `formats` says, by the code of a game, how it wants a player's account written
    (`{user_id}{zone_id}`); the parts of other games' accounts are joined by `joiner`.
    `name_checks` are the games whose accounts it can name, with its own word for each.
    A supplier that does not `keep_our_reference` is asked by its own one, and after a
    silence by what was bought. Of one that `tells_prices` not, the store's people enter
    what it sells. One that `pays_bills` is asked what a number owes first.

    `bill_inputs` are the bills that no number alone is enough for: by the supplier's
    brand or category, or by its code up to the first dot, in capital letters alone.
    `trial_numbers` are customer numbers, by code, whose bills its simulator has paid.
    """

    formats: Mapping[str, str] = field(default_factory=dict)
    joiner: str = ""
    name_checks: Mapping[str, str] = field(default_factory=dict)
    keeps_our_reference: bool = True
    tells_prices: bool = True
    pays_bills: bool = False
    bill_inputs: Mapping[str, BillInput] = field(default_factory=dict)
    trial_numbers: Mapping[str, str] = field(default_factory=dict)

    def write_account(self, game: str, account: Mapping[str, str]) -> str:
        """A player's account as this supplier wants it; ProviderRefused for no part."""
        written = self.formats.get(game, "")
        if not written:
            return self.joiner.join(account.values())
        try:
            return written.format_map(account)
        except KeyError as error:
            raise ProviderRefused("The account lacks a part.", "INCOMPLETE") from error

    def split_account(self, written: str) -> tuple[str, str]:
        """An account and its zone or server, for a supplier that takes them apart.

        The second is empty where there is none. `written` as by `write_account`, at a
        supplier with a `joiner`.
        """
        account, _joiner, rest = written.partition(self.joiner)
        return account, rest

    def bill_input(self, *words: str) -> BillInput | None:
        """What such bills need besides a number, by the supplier's words for them."""
        plain = (re.sub(r"[^A-Z]", "", each.upper()) for each in words)
        return next(
            (self.bill_inputs[each] for each in plain if each in self.bill_inputs), None
        )


@dataclass(frozen=True)
class PurchaseRequest:
    """What we ask a supplier to buy, or ask about; equal each time but for `sent_at`.

    `ref_id` is ours, exists before the first call and never changes. `destination` is
    written as the supplier wants it. `ceiling` is the most it may cost. `callback_url`
    is where the supplier reports. `first_sent_at` is when this reference first left us,
    `sent_at` is now. In a question, `supplier_reference` is the supplier's own word for
    the purchase as far as it told it, and `taken` are those of our other purchases of
    the same. With `has_rivals` another one may be known there by a word that it never
    told us, so whatever is found need not be this one.

    With `is_bill` a bill is paid: `ref_id` and `supplier_reference` are those of the
    question about it, and it costs what was answered. `last_rc` is the supplier's code
    of before for this very payment.
    """

    ref_id: str
    sku: str
    destination: str
    ceiling: int
    callback_url: str
    first_sent_at: datetime
    sent_at: datetime
    supplier_reference: str = ""
    taken: frozenset[str] = frozenset()
    has_rivals: bool = False
    is_bill: bool = False
    last_rc: str = ""


@dataclass(frozen=True)
class PurchaseFact:
    """What the supplier says about one reference at one moment.

    `rc` and `message` are its own words. `cost` is what it took from our deposit, None
    if it doesn't say. `serial_number` may be the code the buyer paid for; it is empty
    unless the purchase succeeded. With `is_account_trouble` nothing is wrong with the
    product or the destination: the store's account at the supplier needs its owner.
    `supplier_reference` is the supplier's own word for the purchase, if it has one.
    """

    ref_id: str
    state: FactState
    rc: str
    message: str
    cost: int | None = None
    serial_number: str = field(default="", repr=False)
    is_account_trouble: bool = False
    supplier_reference: str = ""


@dataclass(frozen=True)
class LookUp:
    """A callback that proves too little: ask the supplier what became of this purchase.

    By our reference or by the supplier's own.
    """

    reference: str = ""
    supplier_reference: str = ""


@dataclass(frozen=True)
class PricedProduct:
    """One line of a supplier's price list.

    The supplier takes no orders between `closed_from` and `closed_until` (Jakarta time,
    may pass midnight); both None if it always does. `brand` (a game, an operator) and
    `category` (games, credit, electricity) are the supplier's words. What a bill costs
    is known once it is asked for, so its `cost` here is 0; `admin` and `commission` are
    what the list says about fees, if anything.
    """

    sku: str
    name: str
    cost: int
    is_available: bool
    closed_from: time | None
    closed_until: time | None
    brand: str = ""
    category: str = ""
    is_bill: bool = False
    admin: int | None = None
    commission: int | None = None


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

        A purchase that the supplier does not know is UNCLEAR, never a failure: it may
        still be under way. For suppliers whose status check is the purchase call
        itself, a reference that never arrived is bought now, so nobody asks about one
        that was given up. Raises ProviderRefused (TooOld when asking might buy again),
        ProviderUnreachable or OutcomeUnknown.
        """

    @abstractmethod
    def read_callback(
        self, headers: Mapping[str, str], body: bytes
    ) -> PurchaseFact | LookUp | None:
        """The fact in a callback, after proving that the supplier signed these bytes.

        A LookUp where the signature does not cover what it says, None for a proven
        callback without news. `body` is the raw request body; header
        names are compared without case. Pure: nothing is sent or stored. Raises
        BadCallback, also when there is no secret to prove it with, and OddCallback for
        what is proven and cannot be read. Whatever the bytes are, nothing else.
        """

    @abstractmethod
    def read_balance(self) -> int:
        """The deposit we have at the supplier, in whole rupiah; raises like `buy`."""

    @abstractmethod
    def list_prices(self) -> list[PricedProduct]:
        """Everything we may buy now; raises like `buy`.

        ProviderRefused where the supplier tells nobody (`spec.tells_prices`).
        """

    def find_name(self, game: str, account: Mapping[str, str]) -> str | None:
        """What the player of this account calls themselves; None if there is none.

        `game` is one of `spec.name_checks`, `account` its parts by our names for them
        (`user_id`, `zone_id`). Raises like `buy`; then nobody knows.
        """
        raise ProviderRefused(f"{self.spec.label} names no players.", "NO_CHECK")

    def inquire_bill(self, question: BillQuestion) -> Bill:
        """What a number owes; costs nothing.

        No bill, one that is paid and a wrong number are findings. Raises like `buy`;
        then nobody knows.
        """
        raise ProviderRefused(f"{self.spec.label} pays no bills.", "NO_BILLS")

    def pay_bill(self, request: PurchaseRequest) -> PurchaseFact:
        """Pay the bill that was asked about under this reference; the first call.

        Raises like `buy`. What the supplier calls a failure by time-out is UNCLEAR.
        """
        raise ProviderRefused(f"{self.spec.label} pays no bills.", "NO_BILLS")

    def look_up_bill(self, request: PurchaseRequest) -> PurchaseFact:
        """What has become of an earlier `pay_bill`; never pays. Raises like it.

        A success is one only where the answer shows the payment, not just the question.
        """
        raise ProviderRefused(f"{self.spec.label} pays no bills.", "NO_BILLS")

    def list_bills(self) -> list[PricedProduct]:
        """Every kind of bill that we may pay; raises like `buy`, none by default."""
        return []
