"""From a store's supplier account to the adapter that serves it."""

import json

from django.conf import settings

from inventory.models import SupplierAccount
from inventory.suppliers import registry
from inventory.suppliers.base import ProviderConfig, Supplier, WrongCredentials
from ppob.kit.providers import Mode, address_of
from security import crypto
from security.fields import Sealed


def open_supplier(account: SupplierAccount) -> Supplier:
    """The adapter with this account's credentials.

    Raises WrongCredentials, also where they cannot be opened any more.
    An account in test mode gets the simulator, or the supplier's own test mode.
    """
    spec = registry.spec_of(account.kind)
    mode = Mode.TEST if account.is_test else Mode.LIVE
    simulator = settings.SUPPLIER_SIMULATOR_URL if settings.IS_SIMULATED else ""
    config = ProviderConfig(
        base_url=address_of(spec, mode, simulator=simulator),
        mode=mode,
        keys=read_keys(account),
    )
    return registry.supplier_for(account.kind, config=config)


def read_keys(account: SupplierAccount) -> dict[str, str]:
    """What the account was connected with, by the names of its spec.

    Raises WrongCredentials when it cannot be opened or read.
    """
    spec = registry.spec_of(account.kind)
    secrets = _document(account)
    return {
        key.name: secrets.get(key.name, "") if key.is_secret else account.username
        for key in spec.keys
    }


def callback_url(account: SupplierAccount) -> str:
    """Where the supplier reports what became of this account's purchases."""
    base = settings.CALLBACK_URL.rstrip("/")
    return f"{base}/api/v1/suppliers/{account.kind}/{account.public_id}/callbacks/"


def _document(account: SupplierAccount) -> dict[str, str]:
    if not account.credentials:
        # Connected before secrets were one document: a column each, as they were then.
        return {
            "api_key": _text(account.api_key),
            "webhook_secret": _text(account.webhook_secret),
        }
    try:
        stored = json.loads(_text(account.credentials))
        return {str(name): str(secret) for name, secret in stored.items()}
    except (ValueError, AttributeError) as error:
        raise WrongCredentials("The keys cannot be read.", "MISSING") from error


def _text(secret: Sealed | None) -> str:
    try:
        return secret.reveal() if secret else ""
    except crypto.CannotOpen as error:
        raise WrongCredentials("The keys cannot be opened.", "CANNOT_OPEN") from error
