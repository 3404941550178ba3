"""Suppliers' price lists, read now and then into our own table.

Only what differs is written, some hundred lines in a transaction: a list of many
thousand lines that says nothing new costs reading alone, and nobody waits for it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.db.models import Q

from inventory.models import SupplierAccount, SupplierProduct
from inventory.services import price_guard
from inventory.services.price_changes import LineChange, Reading
from inventory.services.supplier_clients import open_supplier
from inventory.states import PriceChangeKind
from inventory.suppliers.base import (
    OutcomeUnknown,
    PricedProduct,
    ProviderRefused,
    ProviderUnreachable,
    Supplier,
)
from ppob.kit import live
from ppob.kit.db import forbid_transaction, unit_of_work
from ppob.kit.money import MAX_AMOUNT

log = logging.getLogger(__name__)

T = TypeVar("T")
Differing = tuple[SupplierProduct, SupplierProduct | None]  # as read, and as known

AT_ONCE = 500  # lines
LISTS_APART = timedelta(minutes=5)  # suppliers refuse to give another one sooner
BILLS_EVERY = timedelta(hours=1)
_LISTED = (
    "name",
    "brand",
    "category",
    "cost",
    "is_available",
    "closed_from",
    "closed_until",
    "is_bill",
    "admin",
    "commission",
)
_COUNTS = ("lines", "new", "gone", "back", "dearer", "cheaper")


@dataclass(frozen=True)
class PriceDiff:
    """How many lines a list has, and what of it was not known: a line counts once.

    `shown` are the first of these changes.
    """

    lines: int = 0
    new: int = 0
    gone: int = 0
    back: int = 0
    dearer: int = 0
    cheaper: int = 0
    shown: tuple[LineChange, ...] = field(default=(), compare=False)

    @property
    def counts(self) -> dict[str, int]:
        """The numbers by their names."""
        return {name: getattr(self, name) for name in _COUNTS}

    def __add__(self, other: "PriceDiff") -> "PriceDiff":
        return PriceDiff(
            lines=self.lines + other.lines,
            new=self.new + other.new,
            gone=self.gone + other.gone,
            back=self.back + other.back,
            dearer=self.dearer + other.dearer,
            cheaper=self.cheaper + other.cheaper,
        )


def sync_prices(
    *, account_id: int, now: datetime, dry_run: bool = False
) -> PriceDiff | None:
    """Read what the account may buy and at what cost; what of it was not known.

    What is not on the list any more cannot be bought. Without an answer (None)
    everything stays as it was, and the next reading is due later. What a line was
    mapped to stays; what products cost by it follows (`price_guard`). A `dry_run` only
    looks. What the store entered itself is left alone (no lines), where the supplier
    tells no prices.
    """
    account = SupplierAccount.objects.get(pk=account_id)
    if not account.tells_prices:
        return PriceDiff()
    listed = _ask(account, lambda supplier: supplier.list_prices())
    if listed is None:
        return None
    is_first = account.prices_at is None
    reading = Reading(account, now=now, is_first=is_first, is_dry=dry_run)
    found = _keep(reading, listed, is_bill=False)
    if not dry_run:
        _note_read(reading, lines=found.lines)
        price_guard.follow_costs(account, now=now)
    return found


def sync_bills(
    *, account_id: int, now: datetime, dry_run: bool = False
) -> PriceDiff | None:
    """Read which bills the account may pay; as `sync_prices` otherwise.

    Without an answer the next reading is as far away as with one: some accounts may pay
    none, and meanwhile their prices are read.
    """
    account = SupplierAccount.objects.get(pk=account_id)
    if not account.pays_bills:
        return PriceDiff()
    listed = _ask(account, lambda supplier: supplier.list_bills())
    is_first = account.bills_at is None
    reading = Reading(account, now=now, is_first=is_first, is_dry=dry_run)
    found = None
    if listed is not None:
        found = _keep(reading, listed, is_bill=True)
    if not dry_run:
        _note_bills(reading, found)
    return found


def may_ask(account: SupplierAccount, *, now: datetime) -> bool:
    """Whether the supplier gives a list again: it counts goods and bills as one."""
    read_at = [at for at in (account.prices_at, account.bills_at) if at is not None]
    return not read_at or now - max(read_at) >= LISTS_APART


def bills_are_due(account: SupplierAccount, *, now: datetime) -> bool:
    """Whether it is time to read which bills the account may pay.

    The job is asked for twice where the timer and a new account's own turn meet.
    """
    is_old = account.bills_at is None or now - account.bills_at >= BILLS_EVERY
    return is_old and may_ask(account, now=now)


def _note_bills(reading: Reading, found: PriceDiff | None) -> None:
    account, now = reading.account, reading.now
    with unit_of_work("inventory.note_bills"):
        if found is not None:
            reading.finish(lines=found.lines)
        SupplierAccount.objects.filter(pk=account.pk).update(bills_at=now)
        live.announce(account.tenant_id, "suppliers", account=str(account.public_id))


def _ask(
    account: SupplierAccount, what: Callable[[Supplier], list[PricedProduct]]
) -> list[PricedProduct] | None:
    forbid_transaction()
    try:
        return what(open_supplier(account))
    except (ProviderRefused, ProviderUnreachable, OutcomeUnknown) as error:
        log.warning("No price list for account %s: %s", account.pk, error)
        return None


def _keep(
    reading: Reading, listed: Collection[PricedProduct], *, is_bill: bool
) -> PriceDiff:
    """Write down one of an account's two lists; each knows nothing of the other."""
    # A SKU once: one statement cannot update the same row twice. And the database keeps
    # no dearer one: a single such line would lose the list.
    lines = {line.sku: line for line in listed if line.cost <= MAX_AMOUNT}
    found = PriceDiff(lines=len(lines))
    # By their code, so that two who write the same list wait for each other in order.
    ordered = sorted(lines.values(), key=lambda line: line.sku)
    differing = _differing(reading.account, ordered, now=reading.now)
    while some := list(islice(differing, AT_ONCE)):
        found += _take(reading, some)
    found += _drop_missing(reading, lines.keys(), is_bill=is_bill)
    return replace(found, shown=tuple(reading.shown))


def _differing(
    account: SupplierAccount, lines: list[PricedProduct], *, now: datetime
) -> Iterator[Differing]:
    """The lines that are not as we know them; what is known is read in parts."""
    of_account = SupplierProduct.objects.filter(account=account)
    for some in _parts(lines):
        skus = [line.sku for line in some]
        known = {row.sku: row for row in of_account.filter(sku__in=skus)}
        rows = [_row(account, line, now=now) for line in some]
        yield from (
            (row, known.get(row.sku))
            for row in rows
            if _differs(row, known.get(row.sku))
            and not _is_of_other_list(row, known.get(row.sku))
        )


def _take(reading: Reading, differing: Sequence[Differing]) -> PriceDiff:
    """Write down what differs, and what that changes."""
    either = [LineChange.between(row, known) for row, known in differing]
    changes = [change for change in either if change is not None]
    with unit_of_work("inventory.sync_prices"):
        if not reading.is_dry:
            SupplierProduct.objects.bulk_create(
                [row for row, _known in differing],
                update_conflicts=True,
                unique_fields=["tenant", "account", "sku"],
                update_fields=[*_LISTED, "updated_at"],
            )
        reading.keep(changes)
    return _diff(changes)


def _drop_missing(
    reading: Reading, listed: Collection[str], *, is_bill: bool
) -> PriceDiff:
    """What the list does not name cannot be bought."""
    of_account = SupplierProduct.objects.filter(account=reading.account)
    sold = of_account.filter(is_available=True, is_bill=is_bill)
    missing = [pk for pk, sku in sold.values_list("pk", "sku") if sku not in listed]
    for some in _parts(missing):
        with unit_of_work("inventory.drop_prices"):
            rows = of_account.filter(pk__in=some)
            reading.keep([LineChange.gone(row) for row in rows.order_by("sku")])
            if not reading.is_dry:
                rows.update(is_available=False, updated_at=reading.now)
    return PriceDiff(gone=len(missing))


def _note_read(reading: Reading, *, lines: int) -> None:
    account, now = reading.account, reading.now
    with unit_of_work("inventory.note_prices"):
        reading.finish(lines=lines)
        # It marks the account as changed, too: panels look again.
        SupplierAccount.objects.filter(
            Q(prices_at=None) | Q(prices_at__lte=now), pk=account.pk
        ).update(prices_at=now)
        live.announce(account.tenant_id, "suppliers", account=str(account.public_id))


def _parts(rows: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _differs(row: SupplierProduct, known: SupplierProduct | None) -> bool:
    return known is None or any(
        getattr(row, name) != getattr(known, name) for name in _LISTED
    )


def _is_of_other_list(row: SupplierProduct, known: SupplierProduct | None) -> bool:
    """Whether the code stands for a bill here and for goods there: the first one stays.

    What was mapped as one of them must never be bought as the other.
    """
    return known is not None and known.is_bill != row.is_bill


def _diff(changes: Sequence[LineChange]) -> PriceDiff:
    kinds = Counter(change.kind for change in changes)
    return PriceDiff(
        new=kinds[PriceChangeKind.NEW],
        gone=kinds[PriceChangeKind.GONE],
        back=kinds[PriceChangeKind.BACK],
        dearer=kinds[PriceChangeKind.UP],
        cheaper=kinds[PriceChangeKind.DOWN],
    )


def _row(
    account: SupplierAccount, line: PricedProduct, *, now: datetime
) -> SupplierProduct:
    listed = {name: getattr(line, name) for name in _LISTED}
    return SupplierProduct(
        tenant_id=account.tenant_id,
        account=account,
        sku=line.sku,
        updated_at=now,
        **listed,
    )
