"""Suppliers' price lists, read now and then into our own table."""

import logging
from datetime import datetime

from inventory.models import SupplierAccount, SupplierProduct
from inventory.services.supplier_clients import open_supplier
from inventory.suppliers.base import (
    OutcomeUnknown,
    PricedProduct,
    ProviderRefused,
    ProviderUnreachable,
)
from ppob.kit import live
from ppob.kit.db import forbid_transaction, unit_of_work
from ppob.kit.money import MAX_AMOUNT

log = logging.getLogger(__name__)


def sync_prices(*, account_id: int, now: datetime) -> int:
    """Read what the account may buy and at what cost; how many lines it has.

    What is not on the list any more cannot be bought. Without an answer everything
    stays as it was, and the next reading is due later. What a line was mapped to stays.
    """
    forbid_transaction()
    account = SupplierAccount.objects.get(pk=account_id)
    try:
        listed = open_supplier(account).list_prices()
    except (ProviderRefused, ProviderUnreachable, OutcomeUnknown) as error:
        log.warning("No price list for account %s: %s", account_id, error)
        return 0
    rows = [
        _row(account, line, now=now)
        # A SKU once: one statement cannot update the same row twice.
        for line in {line.sku: line for line in listed}.values()
        # The database keeps no dearer one: a single such line would lose the list.
        if line.cost <= MAX_AMOUNT
    ]
    with unit_of_work("inventory.sync_prices"):
        SupplierProduct.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["tenant", "account", "sku"],
            update_fields=[
                "name",
                "brand",
                "category",
                "cost",
                "is_available",
                "closed_from",
                "closed_until",
                "updated_at",
            ],
        )
        SupplierProduct.objects.filter(account=account, updated_at__lt=now).update(
            is_available=False
        )
        # It marks the account as changed, too: panels look again.
        SupplierAccount.objects.filter(pk=account_id).update(prices_at=now)
        live.announce(account.tenant_id, "suppliers", account=str(account.public_id))
    return len(rows)


def _row(
    account: SupplierAccount, line: PricedProduct, *, now: datetime
) -> SupplierProduct:
    return SupplierProduct(
        tenant_id=account.tenant_id,
        account=account,
        sku=line.sku,
        name=line.name,
        brand=line.brand,
        category=line.category,
        cost=line.cost,
        is_available=line.is_available,
        closed_from=line.closed_from,
        closed_until=line.closed_until,
        updated_at=now,
    )
