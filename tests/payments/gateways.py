"""A gateway without a network in between: it answers as told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from unittest.mock import patch

from payments.gateways import registry
from payments.gateways.base import (
    Charge,
    ChargeRequest,
    Gateway,
    GatewaySpec,
    LookUp,
    PaymentFact,
)
from payments.gateways.instructions import Qris
from payments.gateways.tripay import SPEC
from payments.models import Payment
from payments.services.incoming.gateway_client import open_gateway
from ppob.kit.db import forbid_transaction
from tests.factories import make_gateway_method
from tests.providers import Served


@dataclass
class ScriptedGateway(Gateway):
    """Answers from `answers`: an exception is raised, anything else is given back.

    Without one, a charge of the amount that was asked for. Callbacks are read by the
    real adapter.
    """

    spec: ClassVar[GatewaySpec] = SPEC

    answers: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def create_charge(self, request: ChargeRequest) -> Charge:
        return self._answer(f"create {request.reference}", charge_for(request))

    def find_charge(self, reference: str) -> Charge | None:
        return self._answer(f"find {reference}", None)

    def look_up(self, reference: str, *, gateway_reference: str = "") -> PaymentFact:
        return self._answer(f"look up {reference}", None)

    def read_callback(
        self, headers: Mapping[str, str], body: bytes
    ) -> PaymentFact | LookUp | None:
        return open_gateway(make_gateway_method()).read_callback(headers, body)

    def _answer(self, question: str, usual: Any) -> Any:
        forbid_transaction()
        self.asked.append(question)
        answer = self.answers.pop(0) if self.answers else usual
        if isinstance(answer, Exception):
            raise answer
        return answer(question) if callable(answer) else answer


def charge_for(request: ChargeRequest | Payment, **changes: Any) -> Charge:
    """What the gateway waits for, when all is well."""
    usual = {
        "gateway_reference": f"G-{request.reference}",
        "amount": request.amount,
        "instructions": Qris("qr"),
        "page_url": "",
        "expires_at": request.expires_at,
    }
    return Charge(**{**usual, **changes})


@contextmanager
def answering(*answers: Any) -> Iterator[ScriptedGateway]:
    """Every method at a gateway is served by one that answers like this."""
    with serving(ScriptedGateway(list(answers))) as gateway:
        yield gateway


@contextmanager
def serving(gateway: ScriptedGateway) -> Iterator[ScriptedGateway]:
    """Every method at a gateway is served by this one."""
    with patch.dict(registry._ADAPTERS, {"tripay": Served(SPEC, gateway)}):
        yield gateway
