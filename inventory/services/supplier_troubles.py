"""Supplier accounts that need a person: keys that do not work, news nobody can use.

An account is marked once and its seller told once, however much news comes meanwhile.
"""

from datetime import datetime

from inventory.events import SupplierTroubled
from inventory.models import SupplierAccount
from inventory.services.supplier_clients import open_supplier
from inventory.suppliers.base import WrongCredentials
from ppob.kit import jobs, live
from ppob.kit.db import unit_of_work
from ppob.kit.events import announce
from security.services import audit, provider_troubles
from security.states import Trouble
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission

INBOX_SOURCE = "supplier:"


def report(account: SupplierAccount, trouble: Trouble, *, now: datetime) -> bool:
    """Mark the account and tell the seller; False if that was done before."""
    is_new = provider_troubles.mark(account, trouble, now=now)
    if is_new:
        announce(
            SupplierTroubled(
                account.tenant_id, account_id=account.pk, trouble=trouble, at=now
            )
        )
        _announce(account)
    return is_new


def try_keys(*, account_id: int, now: datetime) -> bool:
    """Look whether an account's keys work again; go on with the news that waited.

    Nothing is sent: only whether the keys can be opened and fit the account.
    """
    with unit_of_work("inventory.try_keys"):
        account = SupplierAccount.objects.get(pk=account_id)
        try:
            open_supplier(account)
        except WrongCredentials:
            return False
        end_keys(account, now=now)
    return True


def end_keys(account: SupplierAccount, *, now: datetime) -> int:
    """The keys work: go on with the news that waited for them; how many there were.

    Part of the caller's transaction.
    """
    resumed = provider_troubles.go_on(
        account, source=f"{INBOX_SOURCE}{account.kind}", now=now
    )
    for event_id in resumed:
        jobs.enqueue(
            "inventory.process_supplier_callback",
            tenant_id=account.tenant_id,
            event_id=event_id,
        )
    _announce(account)
    return len(resumed)


def note_seen(*, actor: Actor, account: SupplierAccount, now: datetime) -> None:
    """Somebody looked at the odd news; the next one is told again."""
    require(actor, Permission.EDIT_PAYMENTS)
    with unit_of_work("inventory.note_seen"):
        if provider_troubles.clear(account, Trouble.ODD):
            audit.record(
                actor=actor.name,
                action="supplier.seen",
                object=f"supplier_account:{account.public_id}",
                now=now,
                data={"name": str(account)},
            )
            _announce(account)


def _announce(account: SupplierAccount) -> None:
    live.announce(account.tenant_id, "suppliers", account=str(account.public_id))
    live.announce(account.tenant_id, "money")
