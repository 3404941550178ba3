"""What every payment gateway offers, in our words.

An adapter speaks one gateway's protocol. It gets plain values, returns facts and raises
exactly three kinds of errors: refused, unreachable, outcome unknown. What a fact means
for an order is decided by the services above.

Amounts are whole rupiah. Times are aware datetimes in UTC.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

CURRENCY = "IDR"


class GatewayRefused(Exception):
    """The gateway, or our own check before it, said no; nothing has happened there.

    `code` is stable and machine-readable, the message is for staff and logs.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class BadCallback(GatewayRefused):
    """A callback that is not proven to be the gateway's, or that cannot be read."""


class OddCallback(BadCallback):
    """The gateway did sign these bytes, but they say nothing that can be used."""


class WrongCredentials(GatewayRefused):
    """Keys and address do not belong together: test keys for live money, or missing."""


class GatewayUnreachable(Exception):
    """The request certainly was not worked on: trying again later is safe."""


class OutcomeUnknown(Exception):
    """The request may have had its effect: look it up, never guess."""


class FactState(StrEnum):
    """How far a payment has come, as the gateway tells it."""

    PENDING = "pending"
    SETTLED = "settled"
    EXPIRED = "expired"
    FAILED = "failed"
    REVERSED = "reversed"


class Mode(StrEnum):
    """Play money or real money."""

    TEST = "test"
    LIVE = "live"


MODES = tuple(Mode)


@dataclass(frozen=True)
class GatewayConfig:
    """One merchant's access to one gateway. Its text form shows no secret."""

    base_url: str
    merchant_code: str
    api_key: str = field(repr=False)
    private_key: str = field(repr=False)
    mode: Mode = Mode.TEST


@dataclass(frozen=True)
class ChargeRequest:
    """What we ask a gateway to collect.

    `reference` is ours, exists before the call and never changes. `amount` is whole
    rupiah. `customer_email` is an address of this installation's own: buyers give none,
    and gateways insist on one. `callback_url` is where the gateway reports,
    `return_url` where it sends the payer's browser afterwards.
    """

    reference: str
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
    put on the payer. `qr_text` is the QRIS text to draw (empty if the method has none),
    `pay_url` a page of the gateway (may be empty).
    """

    gateway_reference: str
    amount: int
    qr_text: str
    pay_url: str
    expires_at: datetime


@dataclass(frozen=True)
class PaymentFact:
    """What the gateway says about one payment at one moment.

    `reference` is ours and empty when the gateway knows none (money that nobody asked
    for). `amount` is what the payer paid, or has to pay, in whole rupiah. `happened_at`
    is when the money came in, None if it did not or the gateway does not say.
    `event_key` is equal for repeated news of the same event, whichever way it came.
    """

    reference: str
    gateway_reference: str
    state: FactState
    amount: int
    currency: str
    happened_at: datetime | None
    event_key: str


class Gateway(ABC):
    """One merchant's door to one gateway.

    No method may run inside a database transaction (`ppob.kit.http` refuses).
    """

    code: ClassVar[str]
    is_automatic: ClassVar[bool]
    """Whether the gateway itself tells us that money came in."""

    @abstractmethod
    def create_charge(self, request: ChargeRequest) -> Charge:
        """Ask for `request.amount` rupiah and return how the payer pays it.

        After OutcomeUnknown call `find_charge` with the same reference before asking
        again: a gateway may hold two charges for one reference.

        Raises GatewayRefused, GatewayUnreachable or OutcomeUnknown.
        """

    @abstractmethod
    def find_charge(self, reference: str) -> Charge | None:
        """The latest charge made for our reference, or None if there certainly is none.

        Raises GatewayRefused, GatewayUnreachable or OutcomeUnknown.
        """

    @abstractmethod
    def look_up(self, reference: str, *, gateway_reference: str = "") -> PaymentFact:
        """What the gateway now says about a payment; give both references if known.

        Raises GatewayRefused (code `NOT_FOUND` when it knows no such payment),
        GatewayUnreachable or OutcomeUnknown.
        """

    @abstractmethod
    def read_callback(self, headers: Mapping[str, str], body: bytes) -> PaymentFact:
        """The fact in a callback, after proving that the gateway signed these bytes.

        `body` is the raw request body; header names are compared without case. Pure:
        nothing is sent or stored. Raises BadCallback, and OddCallback for what is
        proven and cannot be read. Whatever the bytes are, nothing else.
        """
