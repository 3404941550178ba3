"""What suppliers' price lists changed, kept line by line for three months.

A store's first list is one fact and not thousands of new lines. So is what of a later
reading goes beyond `MOST` lines: a supplier whose whole list comes and goes must not
fill the table. Lines that the store sells are always kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from inventory.models import PriceChange, SupplierAccount, SupplierProduct
from inventory.states import PriceChangeKind
from ppob.kit.db import require_transaction, unit_of_work

KEPT = timedelta(days=90)
MOST = 2_000  # lines of one reading that are kept one by one
SHOWN = 50  # lines that a reading remembers for who asked for it
AT_ONCE = 1_000  # rows deleted in one transaction


@dataclass(frozen=True)
class LineChange:
    """What a price list says of a line that was not known; costs in whole rupiah.

    `since` is when what it replaces was read.
    """

    sku: str
    name: str
    kind: PriceChangeKind
    old_cost: int | None
    new_cost: int
    since: datetime | None
    is_sold: bool

    @classmethod
    def between(
        cls, row: SupplierProduct, known: SupplierProduct | None
    ) -> Self | None:
        """How `row`, as it was just read, differs from what was `known`.

        None if only its words do. Whether it can be had comes before its price.
        """
        kind = _kind_of(row, known)
        if kind is None:
            return None
        return cls(
            sku=row.sku,
            name=row.name,
            kind=kind,
            old_cost=known.cost if known else None,
            new_cost=row.cost,
            since=known.updated_at if known else None,
            is_sold=known is not None and known.product_id is not None,
        )

    @classmethod
    def gone(cls, known: SupplierProduct) -> Self:
        """A line that its list does not name any more."""
        return cls(
            sku=known.sku,
            name=known.name,
            kind=PriceChangeKind.GONE,
            old_cost=known.cost,
            new_cost=known.cost,
            since=known.updated_at,
            is_sold=known.product_id is not None,
        )


class Reading:
    """One reading of a price list, and what of it is written down.

    A `is_dry` one writes nothing and remembers the first changes all the same.
    """

    def __init__(
        self,
        account: SupplierAccount,
        *,
        now: datetime,
        is_first: bool,
        is_dry: bool = False,
    ) -> None:
        self.account, self.now, self.is_dry = account, now, is_dry
        self.is_first = is_first
        self.shown: list[LineChange] = []
        self._room = MOST
        self._rest: Counter[PriceChangeKind] = Counter()

    def keep(self, changes: Sequence[LineChange]) -> None:
        """Write down a part of the changes, in the transaction that applies them."""
        self.shown += changes[: SHOWN - len(self.shown)]
        if self.is_dry or not changes:
            return
        self._write([self._row(each) for each in changes if self._has_room(each)])

    def finish(self, *, lines: int) -> None:
        """Write down how many more changes there were than lines of their own.

        `lines` is how long the list is. Part of the transaction that ends the reading.
        """
        if self.is_dry or not self._rest:
            return
        self._write([self._many(kind, lines) for kind in sorted(self._rest)])

    def _has_room(self, change: LineChange) -> bool:
        if self.is_first and change.kind == PriceChangeKind.NEW:
            self._rest[PriceChangeKind.FIRST] += 1
            return False
        if change.is_sold:
            return True
        if self._room == 0:
            self._rest[change.kind] += 1
            return False
        self._room -= 1
        return True

    def _write(self, rows: list[PriceChange]) -> None:
        require_transaction()
        # What another reading of the same list wrote a moment ago stands already.
        PriceChange.objects.bulk_create(rows, ignore_conflicts=True)

    def _row(self, change: LineChange) -> PriceChange:
        return PriceChange(
            account=self.account,
            sku=change.sku,
            name=change.name,
            kind=change.kind,
            old_cost=change.old_cost,
            new_cost=change.new_cost,
            since=change.since,
            at=self.now,
        )

    def _many(self, kind: PriceChangeKind, lines: int) -> PriceChange:
        # A first list replaces nothing: a second first one is the same row.
        is_first = kind == PriceChangeKind.FIRST
        return PriceChange(
            account=self.account,
            kind=kind,
            lines=lines if is_first else self._rest[kind],
            since=None if is_first else self.now,
            at=self.now,
        )


def delete_old(*, now: datetime) -> int:
    """Forget what changed three months ago; how many rows that were.

    Some at a time, so that nobody waits for a year's rows.
    """
    deleted = 0
    while True:
        with unit_of_work("inventory.delete_price_changes"):
            old = PriceChange.objects.filter(at__lte=now - KEPT).order_by("at", "pk")
            some = list(old.values_list("pk", flat=True)[:AT_ONCE])
            deleted += PriceChange.objects.filter(pk__in=some).delete()[0]
        if len(some) < AT_ONCE:
            return deleted


def _kind_of(
    row: SupplierProduct, known: SupplierProduct | None
) -> PriceChangeKind | None:
    if known is None:
        return PriceChangeKind.NEW
    if known.is_available != row.is_available:
        return PriceChangeKind.BACK if row.is_available else PriceChangeKind.GONE
    if known.cost == row.cost:
        return None
    return PriceChangeKind.UP if row.cost > known.cost else PriceChangeKind.DOWN
