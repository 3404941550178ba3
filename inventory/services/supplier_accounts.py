"""The owner's side of suppliers: accounts, and which goods are which products."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.states import ProductKind
from inventory.models import SupplierAccount, SupplierProduct
from inventory.services.supplier_clients import open_supplier
from inventory.suppliers import registry
from inventory.suppliers.base import (
    Mode,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
    SupplierSpec,
    WrongCredentials,
)
from ppob.kit import jobs, live
from ppob.kit.db import forbid_transaction, unit_of_work
from ppob.kit.errors import DomainError, InvalidInput, NotFound
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission
from tenants.services.suspension import require_open_for_staff


class SupplierSaysNo(DomainError):
    """The supplier does not accept these credentials; nothing was kept."""

    code = "SUPPLIER_SAYS_NO"
    default = _(
        "The supplier does not accept these credentials. Check the username, the key "
        "and the list of allowed IP addresses there."
    )


class SupplierSilent(DomainError):
    """The supplier did not answer; nothing was kept."""

    code = "SUPPLIER_SILENT"
    http_status = 503
    default = _("The supplier does not answer right now. Please try again in a minute.")


@dataclass(frozen=True)
class AccountDraft:
    """What an owner enters: the keys that the supplier's spec asks for, by name."""

    kind: str
    keys: Mapping[str, str] = field(repr=False)
    is_test: bool = False


def connect_account(
    *, actor: Actor, draft: AccountDraft, now: datetime
) -> SupplierAccount:
    """Keep an account that the supplier accepts, and have its price list read.

    A real account needs a webhook secret, because unsigned callbacks are not believed.
    Raises NotAllowed, InvalidInput, SupplierSaysNo or SupplierSilent.
    """
    require(actor, Permission.EDIT_PAYMENTS)
    require_open_for_staff()
    forbid_transaction()
    spec, entered = _read_keys(draft)
    account = SupplierAccount(
        tenant_id=actor.tenant_id,  # the seal names the store
        kind=spec.code,
        username=entered[spec.account_key.name],
        is_test=draft.is_test,
        created_at=now,
    )
    account.credentials = json.dumps(
        {key.name: entered[key.name] for key in spec.keys if key.is_secret}
    )
    _try_out(account)
    try:
        with unit_of_work("inventory.connect_account"):
            account.position = SupplierAccount.objects.count()
            account.save()
            _record_audit(actor, account, "supplier.connected", now=now)
            jobs.enqueue(
                "inventory.sync_prices",
                tenant_id=account.tenant_id,
                account_id=account.pk,
            )
    except IntegrityError:
        raise InvalidInput(
            _("This account is connected already."), field="username"
        ) from None
    return account


def switch_account(
    *, actor: Actor, account: SupplierAccount, is_active: bool, now: datetime
) -> SupplierAccount:
    """Use an account for new purchases, or no longer; open ones are looked after."""
    require(actor, Permission.EDIT_PAYMENTS)
    with unit_of_work("inventory.switch_account"):
        SupplierAccount.objects.filter(pk=account.pk).update(is_active=is_active)
        action = "supplier.on" if is_active else "supplier.off"
        _record_audit(actor, account, action, now=now)
    account.is_active = is_active
    return account


def map_product(
    *, actor: Actor, option: SupplierProduct, product: Product | None, now: datetime
) -> SupplierProduct:
    """Say that the supplier's `option` is this product of the store, or none.

    Only what was mapped is ever bought. Raises NotAllowed, NotFound for another store's
    rows, or InvalidInput for codes and for products that the account serves already.
    """
    require(actor, Permission.EDIT_CATALOG)
    if product is not None and product.tenant_id != actor.tenant_id:
        raise NotFound
    if product is not None and product.kind != ProductKind.TOPUP:
        raise InvalidInput(_("Choose a top-up product."), field="product")
    try:
        with unit_of_work("inventory.map_product"):
            mapped = SupplierProduct.objects.filter(pk=option.pk).update(
                product=product, updated_at=now
            )
            if not mapped:
                raise NotFound
            audit.record(
                actor=actor.name,
                action="supplier.mapped",
                object=f"supplier_account:{option.account.public_id}",
                now=now,
                before={"sku": option.sku, "product": _name(option.product)},
                after={"sku": option.sku, "product": _name(product)},
            )
    except IntegrityError:
        raise InvalidInput(
            _("This account serves the product under another code already."),
            field="product",
        ) from None
    option.product = product
    return option


def _read_keys(draft: AccountDraft) -> tuple[SupplierSpec, dict[str, str]]:
    """The supplier, and everything that its spec asks for; or InvalidInput."""
    try:
        spec = registry.spec_of(draft.kind)
    except LookupError:
        raise InvalidInput(_("Choose one from the list."), field="kind") from None
    entered = {key.name: draft.keys.get(key.name, "").strip() for key in spec.keys}
    mode = Mode.TEST if draft.is_test else Mode.LIVE
    for key in spec.required_keys(mode):
        if not entered[key.name] and key.is_for_live_only:
            raise InvalidInput(
                _("Enter the secret that the supplier signs its reports with."),
                field=key.name,
            )
    return spec, entered


def _try_out(account: SupplierAccount) -> None:
    """The deposit can be read: user, key and address are accepted."""
    try:
        open_supplier(account).read_balance()
    except WrongCredentials as wrong:
        raise InvalidInput(
            _("This key does not fit: test keys are for test mode, others are not."),
            field=registry.spec_of(account.kind).blame(wrong),
        ) from None
    except ProviderRefused:
        raise SupplierSaysNo from None
    except (ProviderUnreachable, OutcomeUnknown):
        raise SupplierSilent from None


def _name(product: Product | None) -> str:
    return product.name if product else ""


def _record_audit(
    actor: Actor, account: SupplierAccount, action: str, *, now: datetime
) -> None:
    audit.record(
        actor=actor.name,
        action=action,
        object=f"supplier_account:{account.public_id}",
        now=now,
        data={"kind": account.kind, "is_test": account.is_test},
    )
    live.announce(account.tenant_id, "suppliers", account=str(account.public_id))
