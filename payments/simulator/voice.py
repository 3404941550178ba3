"""How one gateway's simulator speaks: its API, its callbacks, what it takes for a yes.

What happens at a gateway (money, time, retries, faults, pages) is the same for all of
them and stands beside this module. A gateway's folder holds the rest, as
`payments.gateways.<code>.simulator.VOICE`.
"""

import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web

from payments.gateways import registry
from payments.simulator.records import State, Transaction


@dataclass(frozen=True)
class Callback:
    """What is posted to a merchant: the exact bytes as text, and the headers."""

    body: str
    headers: dict[str, str]


class Voice(ABC):
    """One gateway's protocol, from the gateway's side."""

    code: ClassVar[str]

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """The API, under `/<code>/`."""

    @abstractmethod
    def callback(
        self,
        transaction: Transaction,
        *,
        claimed: State | None = None,
        is_forged: bool = False,
    ) -> Callback:
        """What tells the merchant of the present, or a `claimed`, state."""

    @abstractmethod
    def is_yes(self, answer: Any) -> bool:
        """Whether the merchant's answer (its JSON) means "stored"."""


def voices() -> dict[str, Voice]:
    """The voice of every gateway that there is, by its code."""
    found = {}
    for spec in registry.specs():
        module = importlib.import_module(f"payments.gateways.{spec.code}.simulator")
        found[spec.code] = module.VOICE
    return found
