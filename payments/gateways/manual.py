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
    GatewayRefused,
    PaymentFact,
)


class ManualGateway(Gateway):
    """The seller's own account, confirmed by hand."""

    code: ClassVar[str] = "manual"
    is_automatic: ClassVar[bool] = False

    def create_charge(self, request: ChargeRequest) -> Charge:
        """The transfer to wait for; raises nothing, because nobody is asked."""
        return Charge(
            gateway_reference="",
            amount=request.amount,
            qr_text="",
            pay_url="",
            expires_at=request.expires_at,
        )

    def find_charge(self, reference: str) -> Charge | None:
        """Always None: there is no gateway that could hold one."""
        return None

    def look_up(self, reference: str, *, gateway_reference: str = "") -> PaymentFact:
        """Always raises GatewayRefused: only the seller can look."""
        raise GatewayRefused("Manual payments cannot be looked up.", "MANUAL")

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> PaymentFact:
        """Always raises BadCallback: nobody may report a manual payment."""
        raise BadCallback("Manual payments have no callbacks.", "MANUAL")
