"""From a store's payment method to the gateway adapter that serves it."""

import json

from django.conf import settings

from payments.gateways import registry
from payments.gateways.base import Gateway, GatewayConfig, Mode, WrongCredentials
from payments.models import PaymentMethod
from payments.services.ledger.wallets import BALANCE
from security import crypto

CREDENTIALS = ("merchant_code", "api_key", "private_key")
MANUAL = "manual"


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
    if not is_automatic(method):
        return registry.gateway_for(method.gateway, config=None)
    if not method.credentials:
        raise WrongCredentials("The method has no credentials.", "MISSING")
    keys = read_keys(method)
    mode = Mode.TEST if method.is_test else Mode.LIVE
    config = GatewayConfig(
        base_url=base_url(method.gateway, mode),
        mode=mode,
        **keys,
    )
    return registry.gateway_for(method.gateway, config=config)


def read_keys(method: PaymentMethod) -> dict[str, str]:
    """The stored keys by name; raises WrongCredentials when they cannot be read."""
    try:
        sealed = method.credentials
        stored = json.loads(sealed.reveal() if sealed else "{}")
        return {name: str(stored[name]) for name in CREDENTIALS}
    except crypto.CannotOpen as error:
        raise WrongCredentials("The keys cannot be opened.", "CANNOT_OPEN") from error
    except (ValueError, LookupError, TypeError) as error:
        raise WrongCredentials("The keys cannot be read.", "MISSING") from error


def base_url(gateway: str, mode: Mode) -> str:
    """Where a gateway listens for test or real money."""
    if mode is Mode.TEST and settings.IS_SIMULATED:
        return f"{settings.GATEWAY_SIMULATOR_URL}/api"
    return settings.GATEWAY_URLS[gateway][mode.value]
