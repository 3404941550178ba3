"""What the contract has to know of a supplier: documented answers, numbers, words."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

from inventory.simulator.client import SupplierControl
from inventory.suppliers.base import (
    FactState,
    PurchaseFact,
    PurchaseRequest,
    Supplier,
    SupplierSpec,
)
from ppob.kit.providers import ProviderConfig

Headers = dict[str, str]
Callback = tuple[Headers, bytes]
Deed = Callable[[Supplier], object]


@dataclass(frozen=True)
class Numbers:
    """Destinations whose purchases end in a way that is known before."""

    succeeds: str
    fails: str
    waits_then_succeeds: str
    waits_then_fails: str


@dataclass(frozen=True)
class Words:
    """What the simulator's control API calls outcomes."""

    succeeded: str
    failed: str
    pending: str
    taken_back: str


class Case(ABC):
    """One supplier. `config` holds the keys that `vectors` were computed with."""

    spec: ClassVar[SupplierSpec]
    adapter: ClassVar[ModuleType]
    config: ClassVar[ProviderConfig]
    request: ClassVar[PurchaseRequest]  # a documented purchase
    cost: ClassVar[int]  # what `answer` says it cost
    vectors: ClassVar[Mapping[str, tuple[Deed, str]]]  # a call, and its signature
    # Answers to a purchase: nobody knows, the balance, and by our code at the door.
    riddles: ClassVar[Mapping[str, bytes]]
    low_balance: ClassVar[bytes]
    at_the_door: ClassVar[Mapping[str, bytes]]
    # At the simulator, for the store `toko-rizky`.
    sku: ClassVar[str]
    price: ClassVar[int]
    numbers: ClassVar[Numbers]
    words: ClassVar[Words]
    has_serial_number: ClassVar[bool] = True
    # What suppliers do in different ways.
    signed_in: ClassVar[str] = "sign"  # the field of a call that holds its signature
    ends_at_once: ClassVar[bool] = True  # a purchase's answer may be its end
    asks_by_buying: ClassVar[bool] = False  # a lost request is bought by a question
    has_ceiling: ClassVar[bool] = True  # what costs more than allowed is not bought
    is_under_way_first: ClassVar[bool] = False  # whatever becomes of it, at first
    reports_pending: ClassVar[bool] = True  # not outcomes only
    fraction: ClassVar[int | None] = None  # what a price of 1.5 costs

    @abstractmethod
    def answer(self, state: FactState, **changes: Any) -> bytes:
        """The answer to `request`, documented; with another `price` for example."""

    @abstractmethod
    def about_another(self) -> bytes:
        """A success, for somebody else's purchase."""

    def hear(self, shop: Supplier) -> PurchaseFact:
        """What the adapter makes of an answer that may be the end of a purchase."""
        return (shop.buy if self.ends_at_once else shop.look_up)(self.request)

    def first(self, state: FactState) -> FactState:
        """How a purchase is answered that ends like this."""
        return FactState.PENDING if self.is_under_way_first else state

    def destined(self, control: SupplierControl, number: str) -> str:
        """Where the next purchase ends like that; `number` is one of `Numbers`."""
        destination: str = getattr(self.numbers, number)
        return destination

    @abstractmethod
    def callback(self, config: ProviderConfig, reference: str) -> Callback:
        """The callback about a success, signed with these keys."""

    def signature(self, callback: Callback) -> str:
        """What a callback is signed with: its only header, or told otherwise."""
        [signature] = callback[0].values()
        return signature

    def signed(self, callback: Callback, signature: str | None) -> Callback:
        """The same callback with this for a signature, or without one."""
        headers, body = callback
        [name] = headers
        return ({} if signature is None else {name: signature}), body

    def told(self, state: FactState, **changes: Any) -> bytes:
        """The same as `answer`, in the answer to the question what became of it."""
        return self.answer(state, **changes)

    def before(self, content: Mapping[str, Any]) -> bytes | None:
        """The answer to a call that precedes a purchase; None for the purchase."""
        return None

    def reference_of(self, fact: PurchaseFact) -> str:
        """What the supplier is asked about this purchase by."""
        keeps = self.spec.keeps_our_reference
        return fact.ref_id if keeps else fact.supplier_reference

    @abstractmethod
    def listen(self, control: SupplierControl, store: str, url: str) -> None:
        """Have callbacks sent there, where a purchase does not say it itself."""
