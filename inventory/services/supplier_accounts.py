"""The owner's side of suppliers: accounts and their keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from inventory.models import SupplierAccount
from inventory.services import breaker, deposits, price_sync, supplier_troubles
from inventory.services.supplier_clients import open_supplier, read_keys
from inventory.suppliers import registry
from inventory.suppliers.base import (
    AddressRefused,
    KeysRefused,
    Mode,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
    SupplierSpec,
    WrongCredentials,
)
from ppob.kit import jobs, live
from ppob.kit.db import forbid_transaction, unit_of_work
from ppob.kit.errors import DomainError, InvalidInput
from ppob.kit.i18n import filled
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission
from tenants.services.suspension import require_open_for_staff

AFTER_GOODS_SECS = 30  # a list of many thousand goods takes its time


class SupplierSaysNo(DomainError):
    """The supplier does not accept these credentials; nothing was kept."""

    code = "SUPPLIER_SAYS_NO"
    default = _(
        "The supplier does not accept these credentials. Check the username, the key "
        "and the list of allowed IP addresses there."
    )


class AddressNotAllowed(SupplierSaysNo):
    """The supplier takes no requests from this server; `address` is the server's."""

    code = "ADDRESS_NOT_ALLOWED"

    def __init__(self, address: str) -> None:
        self.address = address
        sentence = _(
            "The supplier takes no requests from this server. Allow its IP address "
            "there: %(address)s"
        )
        super().__init__(filled(sentence, address=address) if address else None)


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
    """Keep an account that the supplier accepts, and have its price list read, if any.

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
    account.deposit, account.deposit_at = _try_out(account), now
    try:
        with unit_of_work("inventory.connect_account"):
            account.position = SupplierAccount.objects.count()
            account.save()
            _record_audit(actor, account, "supplier.connected", now=now)
            _read_lists(account)
    except IntegrityError:
        raise InvalidInput(
            _("This account is connected already."), field=spec.account_key.name
        ) from None
    return account


def switch_account(
    *, actor: Actor, account: SupplierAccount, is_active: bool, now: datetime
) -> SupplierAccount:
    """Use an account for new purchases, or no longer; open ones are looked after."""
    require(actor, Permission.EDIT_PAYMENTS)
    with unit_of_work("inventory.switch_account"):
        SupplierAccount.objects.filter(pk=account.pk).update(is_active=is_active)
        if is_active:
            # Nobody looked whether it is back while it was off.
            breaker.probe_soon(account, now=now)
        action = "supplier.on" if is_active else "supplier.off"
        _record_audit(actor, account, action, now=now)
    account.is_active = is_active
    return account


def rotate_keys(
    *,
    actor: Actor,
    account: SupplierAccount,
    keys: Mapping[str, str],
    now: datetime,
) -> SupplierAccount:
    """Use new secrets of the same account, which the supplier accepts.

    What is left empty stays as it is. What is under way goes on with the new ones; news
    that waited for keys goes on as well. Raises NotAllowed, InvalidInput,
    SupplierSaysNo or SupplierSilent; then the old ones stay.
    """
    require(actor, Permission.EDIT_PAYMENTS)
    require_open_for_staff()
    forbid_transaction()
    spec = registry.spec_of(account.kind)
    names = [key.name for key in spec.keys if key.is_secret]
    entered = {name: keys.get(name, "").strip() for name in names}
    new = {name: value for name, value in entered.items() if value}
    if not new:
        raise InvalidInput(_("Enter at least one new key."), field=names[0])
    account.credentials = json.dumps(_known_secrets(account, names) | new)
    deposit = _try_out(account)
    with unit_of_work("inventory.change_supplier_keys"):
        account.save(update_fields=["credentials"])
        deposits.keep_reading(account, deposit, now=now)
        _record_audit(actor, account, "supplier.keys_changed", now=now)
        supplier_troubles.end_keys(account, now=now)
        breaker.probe_soon(account, now=now)
    return account


def place_account(
    *, actor: Actor, account: SupplierAccount, is_first: bool, now: datetime
) -> None:
    """Try this account before all others, or after them."""
    require(actor, Permission.EDIT_PAYMENTS)
    with unit_of_work("inventory.place_account"):
        others = list(
            SupplierAccount.objects.exclude(pk=account.pk)
            .order_by("position", "pk")
            .values_list("pk", flat=True)
        )
        order = [account.pk, *others] if is_first else [*others, account.pk]
        # In the order of accounts, as everybody who touches several.
        for pk in sorted(order):
            SupplierAccount.objects.filter(pk=pk).update(position=order.index(pk))
        action = "supplier.first" if is_first else "supplier.last"
        _record_audit(actor, account, action, now=now)


def _known_secrets(account: SupplierAccount, names: list[str]) -> dict[str, str]:
    """What is kept while only some keys are entered: nothing that cannot be opened."""
    try:
        known = read_keys(account)
    except WrongCredentials:
        return {}
    return {name: known[name] for name in names}


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


def _try_out(account: SupplierAccount) -> int:
    """The deposit, in rupiah: where it can be read, user, key and address are right."""
    try:
        return open_supplier(account).read_balance()
    except WrongCredentials as wrong:
        raise InvalidInput(
            _("This key does not fit: test keys are for test mode, others are not."),
            field=registry.spec_of(account.kind).blame(wrong),
        ) from None
    except KeysRefused:
        raise InvalidInput(
            _("The supplier does not know this account or key. Copy both again."),
            field=registry.spec_of(account.kind).blame(WrongCredentials("")),
        ) from None
    except AddressRefused as refusal:
        raise AddressNotAllowed(refusal.address or settings.OUTGOING_ADDRESS) from None
    except ProviderRefused:
        raise SupplierSaysNo from None
    except (ProviderUnreachable, OutcomeUnknown):
        raise SupplierSilent from None


def _read_lists(account: SupplierAccount) -> None:
    """Have a new account's goods read, and its bills as soon as it may be asked."""
    ids = {"tenant_id": account.tenant_id, "account_id": account.pk}
    if account.tells_prices:
        jobs.enqueue("inventory.sync_prices", **ids)
    if account.pays_bills:
        soon = price_sync.LISTS_APART.total_seconds() + AFTER_GOODS_SECS
        jobs.enqueue_soon("inventory.sync_bills", secs=soon, **ids)


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
