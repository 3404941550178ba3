"""From a store's payment method to the gateway adapter that serves it."""

import json

from django.conf import settings

from payments.gateways import registry
from payments.gateways.base import (
    Gateway,
    GatewaySpec,
    ProviderConfig,
    WrongCredentials,
)
from payments.gateways.manual import SPEC as MANUAL_SPEC
from payments.models import PaymentMethod
from payments.services.ledger.wallets import BALANCE
from ppob.kit.providers import Mode, address_of, modes_of
from security import crypto

MANUAL = MANUAL_SPEC.code


def is_automatic(method: PaymentMethod) -> bool:
    """Whether the gateway itself reports the money."""
    return method.gateway not in (MANUAL, BALANCE)


def is_balance(method: PaymentMethod) -> bool:
    """Whether this is the buyer's balance in the store."""
    return method.gateway == BALANCE


def open_gateway(method: PaymentMethod) -> Gateway:
    """The adapter with this method's credentials.

    Raises WrongCredentials, also where they cannot be opened or read any more.
    A method in test mode gets the simulator or the sandbox, never the address where
    real money moves.
    """
    mode = mode_of(method)
    spec = registry.spec_of(method.gateway)
    if not spec.is_automatic:
        config = ProviderConfig(base_url="", mode=mode, keys={})
    else:
        simulator = settings.GATEWAY_SIMULATOR_URL if settings.IS_SIMULATED else ""
        config = ProviderConfig(
            base_url=address_of(spec, mode, simulator=simulator),
            mode=mode,
            keys=read_keys(method),
        )
    return registry.gateway_for(method.gateway, config=config)


def modes_here(spec: GatewaySpec) -> list[Mode]:
    """The modes in which this installation can use a gateway, real money first."""
    return modes_of(spec, is_simulated=settings.IS_SIMULATED)


def mode_of(method: PaymentMethod) -> Mode:
    """Whether the method asks for play money or real money."""
    return Mode.TEST if method.is_test else Mode.LIVE


def read_keys(method: PaymentMethod) -> dict[str, str]:
    """The stored keys by name; raises WrongCredentials when they cannot be read."""
    keys = registry.spec_of(method.gateway).keys
    try:
        sealed = method.credentials
        stored = json.loads(sealed.reveal() if sealed else "{}")
        # A key that is missing is no empty key: with an empty secret anybody could
        # sign.
        return {key.name: str(stored[key.name]) for key in keys}
    except crypto.CannotOpen as error:
        raise WrongCredentials("The keys cannot be opened.", "CANNOT_OPEN") from error
    except (ValueError, LookupError, TypeError) as error:
        raise WrongCredentials("The keys cannot be read.", "MISSING") from error
