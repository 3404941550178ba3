"""What payment gateways and suppliers have in common: keys, modes, errors, callbacks.

A provider is somebody else's server that moves money or goods for a store. Its adapter
gets plain values, returns facts and raises exactly three kinds of errors: refused,
unreachable, outcome unknown. What it needs and offers is declared once, in the
`ProviderSpec` of its folder: forms, templates, addresses and checks are made from it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

_IPV4 = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", re.ASCII)


class ProviderRefused(Exception):
    """The provider, or our own check before it, said no; nothing has happened there.

    It says nothing about an earlier request with the same reference. `code` is stable
    and machine-readable, the message is for staff and logs.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class BadCallback(ProviderRefused):
    """A callback that is not proven to be the provider's, or that cannot be read."""


class OddCallback(BadCallback):
    """The provider did sign these bytes, but they say nothing that can be used."""


class WrongCredentials(ProviderRefused):
    """Keys and address do not belong together: test keys for real money, or missing.

    `key` names the field of the spec that is at fault, empty if it is none of them.
    """

    def __init__(self, message: str, code: str = "", *, key: str = "") -> None:
        super().__init__(message, code)
        self.key = key


class KeysRefused(ProviderRefused):
    """The provider does not know these keys."""


class AddressRefused(ProviderRefused):
    """The provider takes no requests from this server's address.

    `address` is what it says that is (IPv4), empty if it does not say.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message, code)
        found = _IPV4.search(message)
        self.address = found[0] if found else ""


class ProviderUnreachable(Exception):
    """The request certainly was not worked on: trying again later is safe."""


class OutcomeUnknown(Exception):
    """The request may have had its effect: look it up, never guess, never repeat it."""


class Mode(StrEnum):
    """Play money or real money."""

    TEST = "test"
    LIVE = "live"


@dataclass(frozen=True)
class KeyField:
    """One thing that a store enters to use a provider.

    `name` is what it is called in the sealed document of keys, for ever. `label` and
    `hint` are read by sellers. What `is_secret` is never shown again; exactly one field
    of a spec is not, and names the account. Where `is_for_live_only`, test mode does
    without it.
    """

    name: str
    label: Any  # a text, translated where it is shown
    hint: Any = ""
    is_secret: bool = True
    is_for_live_only: bool = False
    most: int = 200  # characters


@dataclass(frozen=True)
class Acknowledgement:
    """What a provider reads as "stored, stop repeating it"."""

    body: bytes = b'{"success": true}'
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True)
class CallbackSpec:
    """How a provider's callbacks are taken in.

    `headers` are kept with the body, in lower case: what the signature needs, nothing
    else (others may carry the installation's own secrets). `is_confirmed_by_look_up`
    says that the provider signs too little to be believed: its adapter then returns a
    look-up, never a fact.
    """

    headers: tuple[str, ...]
    acknowledgement: Acknowledgement = Acknowledgement()
    is_confirmed_by_look_up: bool = False


@dataclass(frozen=True)
class ProviderSpec:
    """A provider, declared.

    `code` is stored with a store's rows and stands in addresses, for ever; `label` is
    its own name. `addresses` says where it listens in each mode that it has.
    `demo_keys` are what demo stores (by slug) enter at its simulator; they open nothing
    else.
    """

    code: str
    label: Any  # a text, translated where it is shown
    keys: tuple[KeyField, ...]
    addresses: Mapping[Mode, str]
    callbacks: CallbackSpec
    demo_keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def account_key(self) -> KeyField:
        """The field that names the account: the one that is no secret."""
        [found] = (key for key in self.keys if not key.is_secret)
        return found

    def blame(self, wrong: WrongCredentials) -> str:
        """The field at which a person is told; the first secret if none alone is it."""
        secrets = (key.name for key in self.keys if key.is_secret)
        return wrong.key or next(secrets, "")

    def required_keys(self, mode: Mode) -> list[KeyField]:
        """What has to be entered in this mode."""
        return [
            key for key in self.keys if mode is Mode.LIVE or not key.is_for_live_only
        ]


@dataclass(frozen=True)
class ProviderConfig:
    """One store's access to one provider. Its text form shows no key."""

    base_url: str
    mode: Mode
    keys: Mapping[str, str] = field(repr=False)

    def key(self, name: str) -> str:
        """What was entered for the spec's field of this name; empty for nothing."""
        return self.keys.get(name, "")

    def require_keys(self, spec: ProviderSpec) -> None:
        """Raise WrongCredentials unless everything that this mode needs is there."""
        for wanted in spec.required_keys(self.mode):
            if not self.key(wanted.name):
                raise WrongCredentials(
                    f"{spec.label} needs {wanted.name}.", "MISSING", key=wanted.name
                )


class Adapter:
    """One store's door to one provider.

    No method that asks the provider may run inside a database transaction
    (`ppob.kit.http` refuses).
    """

    spec: ClassVar[ProviderSpec]


def modes_of(spec: ProviderSpec, *, is_simulated: bool) -> list[Mode]:
    """The modes that an installation can use it in, real money first.

    Where everything is simulated, every provider has its simulator for test mode.
    """
    return [
        mode
        for mode in (Mode.LIVE, Mode.TEST)
        if mode in spec.addresses or (mode is Mode.TEST and is_simulated)
    ]


def address_of(spec: ProviderSpec, mode: Mode, *, simulator: str) -> str:
    """Where a provider listens in this mode; raises WrongCredentials if nowhere.

    `simulator` is the address of the simulators where there are any, and empty
    elsewhere: test mode then goes to the provider's own sandbox, never to the address
    where real money moves.
    """
    if mode is Mode.TEST and simulator:
        return f"{simulator.rstrip('/')}/{spec.code}"
    try:
        return spec.addresses[mode]
    except KeyError:
        raise WrongCredentials(
            f"{spec.label} has no {mode} mode here.", "NO_MODE"
        ) from None
