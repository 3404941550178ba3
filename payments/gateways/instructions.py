"""What a payer is told to do, by kind: what a gateway's answer comes down to.

A kind is stored with the payment as a small JSON document (`pack`, `unpack`), and drawn
by whoever shows it. No text here is a secret.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Qris:
    """A QRIS text to draw and scan."""

    text: str


@dataclass(frozen=True)
class VirtualAccount:
    """A bank's account number that exists for this payment alone."""

    bank: str
    number: str


@dataclass(frozen=True)
class PayCode:
    """A code that is said or typed at a shop's till, such as Alfamart's."""

    place: str
    code: str


@dataclass(frozen=True)
class Link:
    """A page on which the payer goes on."""

    url: str


@dataclass(frozen=True)
class Push:
    """The payer's own app asks them, `app` says which; there is nothing to copy."""

    app: str


Instructions = Qris | VirtualAccount | PayCode | Link | Push

# Stored with payments: these words stay what they are.
_KINDS: dict[str, type[Instructions]] = {
    "qris": Qris,
    "virtual_account": VirtualAccount,
    "pay_code": PayCode,
    "link": Link,
    "push": Push,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def pack(instructions: Instructions | None) -> dict[str, str]:
    """The document to store; empty for none."""
    if instructions is None:
        return {}
    return {"kind": _NAMES[type(instructions)], **asdict(instructions)}


def unpack(stored: Mapping[str, Any]) -> Instructions | None:
    """What was stored, or None for an empty document.

    Raises LookupError or TypeError for what `pack` never wrote.
    """
    if not stored:
        return None
    fields = dict(stored)
    return _KINDS[fields.pop("kind")](**fields)
