"""Which gateways there are. A new one adds its folder, and its line here."""

from payments.gateways.base import Gateway, GatewaySpec, ProviderConfig
from payments.gateways.manual import ManualGateway
from payments.gateways.playmoney.adapter import PlayMoney
from payments.gateways.tripay.adapter import TripayGateway

_ADAPTERS: dict[str, type[Gateway]] = {
    adapter.spec.code: adapter for adapter in (ManualGateway, TripayGateway, PlayMoney)
}


class UnknownGateway(LookupError):
    """There is no adapter of this name."""


def specs() -> list[GatewaySpec]:
    """What gateways that report money themselves need and offer, in their order."""
    found = (adapter.spec for adapter in _ADAPTERS.values())
    return [spec for spec in found if spec.is_automatic]


def spec_of(code: str) -> GatewaySpec:
    """What the gateway `code` needs and offers; raises UnknownGateway."""
    return _adapter_of(code).spec


def gateway_for(code: str, *, config: ProviderConfig) -> Gateway:
    """The gateway `code` for one merchant.

    Raises UnknownGateway, or WrongCredentials when keys and address do not belong
    together.
    """
    return _adapter_of(code)(config)


def _adapter_of(code: str) -> type[Gateway]:
    try:
        return _ADAPTERS[code]
    except KeyError:
        raise UnknownGateway(code) from None
