"""Whose account a buyer named: asked of suppliers that can say, never made up.

Three honest states: checked with a name, not found, and "nobody can say now". What
could not be asked is no answer: it is neither right nor wrong.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from catalog import destinations
from catalog.models import Category
from inventory.models import AccountCheck, SupplierAccount
from inventory.services.purchase_routes import is_test_store
from inventory.services.supplier_clients import open_supplier
from inventory.states import CheckState
from inventory.suppliers import registry
from inventory.suppliers.base import (
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
)
from ppob.kit import scope
from ppob.kit.db import forbid_transaction, unit_of_work
from tenants.models import Customer

log = logging.getLogger(__name__)

# A player may take another name at any time; an account that is new to the supplier
# must not stay unknown for long.
NAMED_SECS, NOT_FOUND_SECS = 600, 60
KEPT = timedelta(days=30)  # orders keep the account themselves
MOST_ASKED = 2  # suppliers: a buyer waits for the answer


@dataclass(frozen=True)
class Finding:
    """What is known of an account, and which supplier said it."""

    state: CheckState
    name: str = ""
    source: str = ""


@dataclass(frozen=True)
class NamedAccount:
    """An account by its parts, and what is known of it."""

    account: Mapping[str, str]
    finding: Finding


def check_account(
    *,
    customer: Customer,
    category: Category | None,
    entered: Mapping[str, str],
    now: datetime,
) -> AccountCheck:
    """Read what a buyer typed, ask whose account that is, and write down the answer.

    It asks suppliers, so no transaction is open. Raises BadDestination for what can be
    no account of the game.
    """
    named = name_account(category=category, entered=entered)
    with unit_of_work("inventory.check_account"):
        check: AccountCheck = AccountCheck.objects.create(
            tenant_id=customer.tenant_id,
            customer=customer,
            category=category,
            destination=destinations.join(named.account),
            state=named.finding.state,
            name=named.finding.name,
            source=named.finding.source,
            checked_at=now,
        )
    return check


def delete_old(*, now: datetime) -> int:
    """Forget the accounts that buyers named a month ago; how many they were."""
    with unit_of_work("inventory.delete_checks"):
        old = AccountCheck.objects.filter(checked_at__lte=now - KEPT)
        return int(old.delete()[0])


def name_account(
    *, category: Category | None, entered: Mapping[str, str]
) -> NamedAccount:
    """Read what was entered and ask whose account that is; nothing is written down.

    It asks suppliers, so no transaction is open. Raises BadDestination for what can be
    no account of the game.
    """
    forbid_transaction()
    fields = destinations.read_fields(category.destination_fields if category else [])
    account = destinations.parse(
        entered, fields, game=category.code if category else ""
    )
    return NamedAccount(account, find_name(category, account))


def confirmed_by(
    *, customer_id: int, category_id: int | None, destination: str, name: str
) -> str:
    """Which supplier told this buyer the name of this account; "" where none did."""
    checks = AccountCheck.objects.filter(
        customer=customer_id, category=category_id, destination=destination, name=name
    )
    found: str | None = (
        checks.order_by("-pk").values_list("source", flat=True).first()
        if name
        else None
    )
    return found or ""


def find_name(
    category: Category | None, account: Mapping[str, str], *, source: str = ""
) -> Finding:
    """What the first supplier that can say knows of this account; or `source` alone."""
    if category is None:
        return Finding(CheckState.UNCHECKED)
    key = _key(category.code, destinations.join(account))
    known = cache.get(key)
    if known is not None and source in ("", known[2]):
        return Finding(CheckState(known[0]), known[1], known[2])
    found = _ask(category.code, account, source=source)
    if found.state != CheckState.UNCHECKED:
        is_named = found.state == CheckState.VERIFIED
        cache.set(
            key,
            (found.state.value, found.name, found.source),
            NAMED_SECS if is_named else NOT_FOUND_SECS,
        )
    return found


def _ask(game: str, account: Mapping[str, str], *, source: str) -> Finding:
    able = _suppliers_that_name(game)
    if source:
        able = [supplier for supplier in able if supplier.kind == source]
    for supplier in able[:MOST_ASKED]:
        try:
            name = open_supplier(supplier).find_name(game, account)
        # Keys that do not work are the seller's trouble, and no answer either.
        except (ProviderRefused, ProviderUnreachable, OutcomeUnknown) as error:
            log.warning("No name from account %s: %s", supplier.pk, error)
            continue
        if name is None:
            return Finding(CheckState.NOT_FOUND, source=supplier.kind)
        return Finding(CheckState.VERIFIED, name[:80], supplier.kind)
    return Finding(CheckState.UNCHECKED)


def _suppliers_that_name(game: str) -> list[SupplierAccount]:
    kinds = [spec.code for spec in registry.specs() if game in spec.name_checks]
    accounts = SupplierAccount.objects.filter(
        kind__in=kinds, is_active=True, is_test=is_test_store()
    )
    return list(accounts.order_by("position", "pk"))


def _key(game: str, destination: str) -> str:
    # By store: what one store found out is no other's business. Hashed, because a name
    # may hold what no key can.
    digest = hashlib.sha256(destination.encode()).hexdigest()
    return f"account:{scope.get_tenant_id()}:{game}:{digest}"
