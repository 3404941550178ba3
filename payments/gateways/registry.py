"""Which gateways there are, and how to get one for a merchant."""

from collections.abc import Callable

from payments.gateways.base import Gateway, GatewayConfig, WrongCredentials
from payments.gateways.manual import ManualGateway
from payments.gateways.tripay import TripayGateway


class UnknownGateway(LookupError):
    """There is no adapter of this name."""


def _tripay(config: GatewayConfig | None) -> Gateway:
    if config is None:
        raise WrongCredentials("Tripay needs a merchant's keys.", "MISSING")
    return TripayGateway(config)


def _manual(config: GatewayConfig | None) -> Gateway:
    return ManualGateway()


_FACTORIES: dict[str, Callable[[GatewayConfig | None], Gateway]] = {
    ManualGateway.code: _manual,
    TripayGateway.code: _tripay,
}


def names() -> list[str]:
    """The codes `gateway_for` accepts, in alphabetical order."""
    return sorted(_FACTORIES)


def gateway_for(code: str, *, config: GatewayConfig | None) -> Gateway:
    """The gateway `code` for one merchant; `manual` needs no config.

    Raises UnknownGateway, or WrongCredentials when keys and address do not belong
    together.
    """
    try:
        factory = _FACTORIES[code]
    except KeyError:
        raise UnknownGateway(code) from None
    return factory(config)
