"""What every payment gateway offers, in our words.

An adapter speaks one gateway's protocol. It gets plain values, returns facts and raises
exactly three kinds of errors: refused, unreachable, outcome unknown. What a fact means
for an order is decided by the services above.

Amounts are whole rupiah. Times are aware datetimes in UTC.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from payments.gateways.instructions import Instructions
from payments.states import MethodKind
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
    "CURRENCY",
    "BadCallback",
    "Channel",
    "Charge",
    "ChargeRequest",
    "FactState",
    "Gateway",
    "GatewaySpec",
    "LookUp",
    "Mode",
    "OddCallback",
    "OutcomeUnknown",
    "PaymentFact",
    "ProviderConfig",
    "ProviderRefused",
    "ProviderUnreachable",
    "WrongCredentials",
]

CURRENCY = "IDR"


class FactState(StrEnum):
    """How far a payment has come, as the gateway tells it."""

    PENDING = "pending"
    SETTLED = "settled"
    EXPIRED = "expired"
    FAILED = "failed"
    REVERSED = "reversed"


@dataclass(frozen=True)
class Channel:
    """One way to pay that a gateway offers, and what can be done about a payment of it.

    `code` is stored with a store's method, for ever; `label` is what buyers read. Where
    it `can_cancel`, an open charge can be withdrawn; where it `can_refund`, money goes
    back the way it came. Stock is held for `hold_secs` unless the store says otherwise.
    """

    code: str
    label: Any
    kind: MethodKind
    can_cancel: bool = False
    can_refund: bool = False
    hold_secs: int = 900


@dataclass(frozen=True)
class GatewaySpec(ProviderSpec):
    """A gateway, declared. `guide` tells sellers where they find the keys.

    Where it `is_automatic`, the gateway itself reports that money came in.
    """

    channels: tuple[Channel, ...] = ()
    guide: Any = ""
    is_automatic: bool = True

    @property
    def ways(self) -> str:
        """Its ways to pay in words: `QRIS, Virtual account`."""
        return ", ".join(str(channel.label) for channel in self.channels)

    def channel(self, code: str) -> Channel:
        """The channel of this code; raises LookupError."""
        for channel in self.channels:
            if channel.code == code:
                return channel
        raise LookupError(f"{self.code} has no channel {code}.")


@dataclass(frozen=True)
class ChargeRequest:
    """What we ask a gateway to collect.

    `reference` is ours, exists before the call and never changes. `amount` is whole
    rupiah, `channel` the code of the way to pay. `customer_email` is an address of this
    installation's own: buyers give none, and gateways insist on one. `callback_url` is
    where the gateway reports, `return_url` where it sends the payer's browser
    afterwards.
    """

    reference: str
    channel: str
    amount: int
    expires_at: datetime
    description: str
    customer_name: str
    customer_email: str
    callback_url: str
    return_url: str


@dataclass(frozen=True)
class Charge:
    """What the gateway waits for.

    `amount` is what the payer has to pay in whole rupiah, with any fee the merchant has
    put on the payer. `instructions` say how, `page_url` is a page of the gateway that
    shows the same (may be empty).
    """

    gateway_reference: str
    amount: int
    instructions: Instructions | None
    page_url: str
    expires_at: datetime


@dataclass(frozen=True)
class PaymentFact:
    """What the gateway says about one payment at one moment.

    `reference` is ours and empty when the gateway knows none (money that nobody asked
    for). `amount` is what the payer paid, or has to pay, in whole rupiah. `happened_at`
    is when the money came in, None if it did not or the gateway does not say.
    `event_key` is equal for repeated news of the same event, whichever way it came.
    `fee` is what the gateway keeps of it, None if it does not say.
    """

    reference: str
    gateway_reference: str
    state: FactState
    amount: int
    currency: str
    happened_at: datetime | None
    event_key: str
    fee: int | None = None


@dataclass(frozen=True)
class LookUp:
    """A callback that proves too little: the gateway has to be asked about it."""

    reference: str
    gateway_reference: str = ""


class Gateway(Adapter, ABC):
    """One merchant's door to one gateway.

    No method may run inside a database transaction (`ppob.kit.http` refuses).
    """

    spec: ClassVar[GatewaySpec]

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config

    @abstractmethod
    def create_charge(self, request: ChargeRequest) -> Charge:
        """Ask for `request.amount` rupiah and return how the payer pays it.

        After OutcomeUnknown call `find_charge` with the same reference before asking
        again: a gateway may hold two charges for one reference.

        Raises ProviderRefused, ProviderUnreachable or OutcomeUnknown.
        """

    @abstractmethod
    def find_charge(self, reference: str) -> Charge | None:
        """The latest charge made for our reference, or None if there certainly is none.

        Raises ProviderRefused, ProviderUnreachable or OutcomeUnknown.
        """

    @abstractmethod
    def look_up(self, reference: str, *, gateway_reference: str = "") -> PaymentFact:
        """What the gateway now says about a payment; give both references if known.

        Raises ProviderRefused (code `NOT_FOUND` when it knows no such payment),
        ProviderUnreachable or OutcomeUnknown.
        """

    @abstractmethod
    def read_callback(
        self, headers: Mapping[str, str], body: bytes
    ) -> PaymentFact | LookUp | None:
        """The fact in a callback, after proving that the gateway signed these bytes.

        A LookUp when it proves too little to be believed, None when it is proven and
        says nothing about a payment. `body` is the raw request body; header names are
        compared without case. Pure: nothing is sent or stored. Raises BadCallback, and
        OddCallback for what is proven and cannot be read. Whatever the bytes are,
        nothing else.
        """

    def cancel(self, reference: str, *, gateway_reference: str) -> None:
        """Withdraw a charge, so that nobody can pay it any more.

        Safe to repeat. Raises ProviderRefused where the channel cannot, or when the
        charge was paid meanwhile; ProviderUnreachable or OutcomeUnknown.
        """
        raise ProviderRefused("This channel cannot cancel.", "NOT_OFFERED")

    def refund(
        self, reference: str, *, gateway_reference: str, amount: int, key: str
    ) -> None:
        """Send `amount` rupiah of a settled payment back the way they came.

        `key` is ours and equal for the same refund, however often it is asked for.
        Raises ProviderRefused where the channel cannot, ProviderUnreachable, or
        OutcomeUnknown (then the same call with the same `key` is safe).
        """
        raise ProviderRefused("This channel cannot refund.", "NOT_OFFERED")
