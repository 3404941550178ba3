"""From a store's supplier account to the adapter that serves it."""

from django.conf import settings

from inventory.models import SupplierAccount
from inventory.suppliers import registry
from inventory.suppliers.base import Supplier, SupplierConfig, WrongCredentials
from security import crypto
from security.fields import Sealed


def open_supplier(account: SupplierAccount) -> Supplier:
    """The adapter with this account's credentials.

    Raises WrongCredentials, also where they cannot be opened any more.
    An account in test mode gets the simulator, or the supplier's own test mode.
    """
    config = SupplierConfig(
        base_url=base_url(account.kind, is_test=account.is_test),
        username=account.username,
        api_key=_text(account.api_key),
        webhook_secret=_text(account.webhook_secret),
        is_test=account.is_test,
    )
    return registry.supplier_for(account.kind, config=config)


def base_url(kind: str, *, is_test: bool) -> str:
    """Where a supplier listens for test or real purchases."""
    if is_test and settings.IS_SIMULATED:
        return f"{settings.SUPPLIER_SIMULATOR_URL}/v1"
    address: str = settings.SUPPLIER_URLS[kind]
    return address


def callback_url(account: SupplierAccount) -> str:
    """Where the supplier reports what became of this account's purchases."""
    base = settings.CALLBACK_URL.rstrip("/")
    return f"{base}/api/v1/suppliers/{account.kind}/{account.public_id}/callbacks/"


def _text(secret: Sealed | None) -> str:
    try:
        return secret.reveal() if secret else ""
    except crypto.CannotOpen as error:
        raise WrongCredentials("The keys cannot be opened.", "CANNOT_OPEN") from error
