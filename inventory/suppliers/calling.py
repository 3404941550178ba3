"""What calls to suppliers have in common: where keys go, how calls are signed, and the
answer's `data` with a code of its own.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inventory.suppliers import wire
from inventory.suppliers.base import (
    Mode,
    OutcomeUnknown,
    ProviderConfig,
    ProviderRefused,
    SupplierSpec,
    WrongCredentials,
)
from ppob.kit.http import Response
from ppob.kit.urls import is_at


@dataclass(frozen=True)
class Door:
    """How a supplier turns requests away before it looks at their references.

    `code_key` is the field of an answer's code, `codes` are those that say so.
    `refusals` are the ones of them that blame our keys or our address.
    """

    code_key: str
    codes: tuple[str, ...]
    refusals: Mapping[str, type[ProviderRefused]] = field(default_factory=dict)


def require_own_address(
    config: ProviderConfig, spec: SupplierSpec, *, host: str
) -> None:
    """Raise WrongCredentials unless everything is entered and has its place.

    For a supplier without a sandbox: a real key is sent to `host` only, and a pretended
    one never is.
    """
    config.require_keys(spec)
    if is_at(config.base_url, host) is not (config.mode is Mode.LIVE):
        raise WrongCredentials(
            "Address and mode do not belong together.", "WRONG_ADDRESS"
        )


def md5(text: str) -> str:
    """The signature of a call. MD5 is what all these protocols ask for."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def read_data(
    answer: Response, door: Door, *, kind: type | tuple[type, ...] = dict
) -> Any:
    """The `data` in an answer, of this kind, whatever the answer's status.

    Raises ProviderRefused for what was turned away at the door, and OutcomeUnknown for
    what cannot be read.
    """
    try:
        data = wire.read_object(answer.body).get("data")
        code = wire.text(data, door.code_key) if isinstance(data, dict) else ""
    except wire.Malformed as error:
        raise OutcomeUnknown(f"Status {answer.status}: {error}") from error
    if isinstance(data, dict) and code in door.codes:
        refusal = door.refusals.get(code, ProviderRefused)
        raise refusal(wire.words(data, "message", most=200), code)
    if isinstance(data, kind):
        return data
    raise OutcomeUnknown(f"Status {answer.status} without data.")
