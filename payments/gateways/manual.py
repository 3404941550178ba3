"""Bank transfer and static e-wallet numbers: a person sees the money, no program does.

The order is recognised by its unique final amount (see `unique_amount`), and the seller
confirms it. Nothing is sent anywhere.
"""

from collections.abc import Mapping
from typing import ClassVar

from payments.gateways.base import (
    BadCallback,
    Charge,
    ChargeRequest,
    Gateway,
    GatewaySpec,
    PaymentFact,
    ProviderRefused,
)
from ppob.kit.providers import CallbackSpec

SPEC = GatewaySpec(
    code="manual",
    label="",
    keys=(),
    addresses={},
    callbacks=CallbackSpec(headers=()),
    is_automatic=False,
)


class ManualGateway(Gateway):
    """The seller's own account, confirmed by hand."""

    spec: ClassVar[GatewaySpec] = SPEC

    def create_charge(self, request: ChargeRequest) -> Charge:
        """The transfer to wait for; raises nothing, because nobody is asked."""
        return Charge(
            gateway_reference="",
            amount=request.amount,
            instructions=None,
            page_url="",
            expires_at=request.expires_at,
        )

    def find_charge(self, reference: str) -> Charge | None:
        """Always None: there is no gateway that could hold one."""
        return None

    def look_up(self, reference: str, *, gateway_reference: str = "") -> PaymentFact:
        """Always raises ProviderRefused: only the seller can look."""
        raise ProviderRefused("Manual payments cannot be looked up.", "MANUAL")

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> PaymentFact:
        """Always raises BadCallback: nobody may report a manual payment."""
        raise BadCallback("Manual payments have no callbacks.", "MANUAL")
