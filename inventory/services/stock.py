"""Codes: adding, holding, giving back, selling, taking out; each is a movement."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from inventory import locks
from inventory.codes.index import Keys, keys_of
from inventory.codes.judging import HELD_BACK, Problem
from inventory.events import StockChanged
from inventory.models import BUCKETS, StockBatch, StockItem, StockMovement
from inventory.services import code_index
from inventory.services.code_index import Twin
from inventory.services.stock_transitions import ITEMS, move_hold
from inventory.states import (
    UNSOLD_ITEMS,
    BatchSource,
    HoldStatus,
    ItemStatus,
    MovementKind,
)
from ppob.kit import live
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import Conflict
from ppob.kit.events import announce
from security.services import audit


class OutOfStock(Conflict):
    """Fewer free codes than asked for; nothing was set aside."""

    code = "OUT_OF_STOCK"
    default = _("Just sold out. Nothing was charged.")


@dataclass(frozen=True)
class Origin:
    """Where the codes of a batch came from."""

    source: BatchSource = BatchSource.PASTED
    file_name: str = ""


@dataclass(frozen=True)
class AddedItems:
    """What became of a list: how many are new, and the twins of the others.

    `twins` maps positions in the given list to why they were left out.
    """

    added: int
    twins: dict[int, Twin]
    batch: StockBatch | None = None

    @property
    def duplicates(self) -> list[int]:
        """Which of the given codes were left out."""
        return sorted(self.twins)


@dataclass(frozen=True)
class SoldLine:
    """The order line whose held codes are sold: its public id and what it ordered."""

    tenant_id: int
    product_id: int
    holder: UUID
    quantity: int


def add_items(
    *,
    product: Product,
    codes: Sequence[str],
    actor: str,
    now: datetime,
    origin: Origin = Origin(),
    allowed: Collection[Problem] = HELD_BACK,
) -> AddedItems:
    """Put codes into stock as one batch, encrypted, and leave out what is there.

    Equal is what has the same normal form, in any product of the store. What is only
    similar to a code, or was taken out before, is left out unless `allowed` names it.
    """
    keys = [keys_of(product.tenant_id, code) for code in codes]
    with unit_of_work("inventory.add_items"):
        # Two lists with one code at once would both find it new, and the unique index
        # would then refuse all of the second.
        locks.lock_uploads()
        twins = {
            position: twin
            for position, twin in code_index.find_twins(product, keys).items()
            if twin.problem not in allowed
        }
        twins |= _repeated(keys, left_out=twins)
        batch = _add(
            product,
            [
                (code, keys[position])
                for position, code in enumerate(codes)
                if position not in twins
            ],
            origin=origin,
            actor=actor,
            now=now,
        )
    return AddedItems(batch.added if batch else 0, twins, batch)


def _repeated(keys: Sequence[Keys], *, left_out: dict[int, Twin]) -> dict[int, Twin]:
    """The codes that stand in the list more than once, the first of each aside."""
    seen: set[str] = set()
    repeated: dict[int, Twin] = {}
    for position, key in enumerate(keys):
        if position in left_out:
            continue
        if key.exact in seen:
            repeated[position] = Twin(Problem.DUPLICATE)
        seen.add(key.exact)
    return repeated


def _add(
    product: Product,
    fresh: list[tuple[str, Keys]],
    *,
    origin: Origin,
    actor: str,
    now: datetime,
) -> StockBatch | None:
    require_transaction()
    if not fresh:
        return None
    batch: StockBatch = StockBatch.objects.create(
        product=product,
        source=origin.source,
        file_name=origin.file_name,
        added=len(fresh),
        actor=actor,
        created_at=now,
    )
    StockItem.objects.bulk_create(
        [
            StockItem(
                product=product,
                batch=batch,
                # Spread evenly: buyers of a new list meet in different places of the
                # index.
                bucket=number % BUCKETS,
                code=code,
                code_hash=keys.exact,
                fold_hash=keys.folded,
                created_at=now,
            )
            for number, (code, keys) in enumerate(fresh)
        ],
        batch_size=1000,
    )
    record_movement(
        product.pk,
        product.tenant_id,
        MovementKind.UPLOADED,
        available=len(fresh),
        on_hand=len(fresh),
        actor=actor,
        now=now,
        batch=batch,
    )
    return batch


def hold_items(
    *,
    product: Product,
    quantity: int,
    holder: UUID,
    expires_at: datetime,
    actor: str,
    now: datetime,
) -> None:
    """Set aside `quantity` codes for the order line `holder`, or raise OutOfStock."""
    require_transaction()
    request = locks.HoldRequest(
        tenant=product.tenant_id,
        product=product.pk,
        quantity=quantity,
        holder=holder,
        expires_at=expires_at,
        actor=actor,
        now=now,
    )
    bucket = random.randrange(BUCKETS)  # noqa: S311 - spreads buyers, hides nothing
    taken = locks.hold_free_items(request, bucket=bucket)
    if taken < quantity:
        # One bucket may be empty while the product is not.
        taken += locks.hold_free_items(request, bucket=None, taken=taken)
    if taken < quantity:
        # The caller's transaction rolls back and gives the taken ones back.
        raise OutOfStock
    # The statement has written the movement, but told nobody.
    _announce(product.tenant_id, product.pk)


def extend_holds(holders: list[UUID], *, expires_at: datetime) -> int:
    """Keep active holds at least until `expires_at`; how many are active."""
    require_transaction()
    return locks.extend_active_holds(holders, expires_at=expires_at)


def release_holds(holders: list[UUID], *, actor: str, now: datetime) -> int:
    """Give the codes of these lines back; how many holds were still active."""
    require_transaction()
    holds = list(locks.active_holds(holders))
    for hold in holds:
        move_hold(hold.holder, HoldStatus.RELEASED)
        freed, gone = locks.release_held_items(holder=hold.holder, now=now)
        record_movement(
            hold.product_id,
            hold.tenant_id,
            MovementKind.RELEASED,
            available=freed,
            on_hand=0,
            holder=hold.holder,
            actor=actor,
            now=now,
        )
        # Held codes are in no `available`: only what is on hand gets less.
        if gone:
            record_movement(
                hold.product_id,
                hold.tenant_id,
                MovementKind.VOIDED,
                available=0,
                on_hand=-gone,
                holder=hold.holder,
                actor=actor,
                now=now,
            )
    return len(holds)


def sell_held_items(line: SoldLine, *, actor: str, now: datetime) -> list[UUID]:
    """Turn a line's held codes into sold ones: the public ids of exactly its quantity.

    Raises HoldLost when the hold is gone: then nothing is sold.
    """
    require_transaction()
    sold: list[UUID] = []
    # The hold first: of several sales of one line a single one consumes it.
    if move_hold(line.holder, HoldStatus.CONSUMED):
        sold = locks.sell_held_items(
            tenant=line.tenant_id,
            product=line.product_id,
            holder=line.holder,
            actor=actor,
            now=now,
        )
    # Raised, so that all is undone: nobody gets a part of what was ordered.
    if len(sold) != line.quantity:
        raise HoldLost
    return sold  # what can be bought did not change: nobody is told


class HoldLost(Conflict):
    """The codes are no longer set aside for this line."""

    code = "HOLD_LOST"
    default = _("The stock for this order was released in the meantime.")


def void_items(
    *,
    product: Product,
    item_ids: list[UUID],
    actor: str,
    now: datetime,
    reason: str = "",
) -> int:
    """Take unsold codes out of stock for good; how many there were.

    Held and sold ones stay as they are.
    """
    with unit_of_work("inventory.void_items"):
        items = locks.items_to_move(
            StockItem.objects.filter(product=product, public_id__in=item_ids),
            UNSOLD_ITEMS,
        )
        if items:
            set_aside(items, ItemStatus.VOID, actor=actor, reason=reason, now=now)
            audit.record(
                actor=actor,
                action="stock.voided",
                object=f"product:{product.pk}",
                now=now,
                reason=reason,
                data={"name": product.name, "voided": len(items)},
            )
    return len(items)


def set_aside(
    items: list[StockItem],
    target: ItemStatus,
    *,
    actor: str,
    reason: str,
    now: datetime,
    batch: StockBatch | None = None,
) -> None:
    """Put locked codes into quarantine or take them out, with the movement.

    They are of one product. Those in quarantine already are in no level any more.
    """
    require_transaction()
    rows = StockItem.objects.filter(pk__in=[item.pk for item in items])
    ITEMS.move_all(rows, target, now=now, aside_reason=reason)
    free = sum(item.status == ItemStatus.FREE for item in items)
    record_movement(
        items[0].product_id,
        items[0].tenant_id,
        _KIND_OF[target],
        available=-free,
        on_hand=-free,
        actor=actor,
        now=now,
        batch=batch,
    )


_KIND_OF = {
    ItemStatus.VOID: MovementKind.VOIDED,
    ItemStatus.QUARANTINED: MovementKind.QUARANTINED,
}


def record_movement(  # noqa: PLR0913 - one column each
    product_id: int,
    tenant_id: int,
    kind: MovementKind,
    *,
    available: int,
    on_hand: int,
    actor: str,
    now: datetime,
    holder: UUID | None = None,
    batch: StockBatch | None = None,
) -> None:
    """Write down one change of a product's stock, and tell who watches it."""
    require_transaction()
    StockMovement.objects.create(
        tenant_id=tenant_id,
        product_id=product_id,
        batch=batch,
        kind=kind,
        available=available,
        on_hand=on_hand,
        holder=holder,
        actor=actor,
        at=now,
    )
    _announce(tenant_id, product_id)


def _announce(tenant_id: int, product_id: int) -> None:
    announce(StockChanged(tenant_id, product_id))
    live.announce(tenant_id, "stock", product_id=product_id)
