"""Codes: adding, setting aside, giving back, selling. Every change is a movement."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from inventory import locks
from inventory.models import BUCKETS, StockItem, StockMovement
from inventory.services import hold_moves
from inventory.signals import stock_changed
from inventory.states import HoldStatus, ItemStatus, MovementKind
from ppob.kit import live
from ppob.kit.db import require_transaction, unit_of_work
from ppob.kit.errors import Conflict
from security import crypto
from security.services import audit


class OutOfStock(Conflict):
    """Fewer free codes than asked for; nothing was set aside."""

    code = "OUT_OF_STOCK"
    default = _("Just sold out. Nothing was charged.")


@dataclass(frozen=True)
class AddedItems:
    """How many codes are new, and which of the given ones were in stock before."""

    added: int
    duplicates: list[int]  # positions in the given list


@dataclass(frozen=True)
class SoldLine:
    """The order line whose held codes are sold: its public id and what it ordered."""

    tenant_id: int
    product_id: int
    holder: UUID
    quantity: int


def code_fingerprint(product: Product, code: str) -> str:
    """What finds the same code again in this product without storing it readable."""
    return crypto.fingerprint(f"{product.tenant_id}:{code}", purpose="stock code")


def add_items(
    *, product: Product, codes: Sequence[str], actor: str, now: datetime
) -> AddedItems:
    """Put codes into stock, encrypted; codes the product ever had are left out."""
    fingerprints = [code_fingerprint(product, code) for code in codes]
    with unit_of_work("inventory.add_items"):
        locks.lock_uploads(product.pk)
        known = set(
            StockItem.objects.filter(
                product=product, code_hash__in=fingerprints
            ).values_list("code_hash", flat=True)
        )
        fresh: list[StockItem] = []
        duplicates: list[int] = []
        for position, (code, fingerprint) in enumerate(
            zip(codes, fingerprints, strict=True)
        ):
            if fingerprint in known:
                duplicates.append(position)
                continue
            known.add(fingerprint)
            fresh.append(
                StockItem(
                    product=product,
                    bucket=len(fresh) % BUCKETS,
                    code=code,
                    code_hash=fingerprint,
                    created_at=now,
                )
            )
        if fresh:
            StockItem.objects.bulk_create(fresh, batch_size=500)
            _record(
                product.pk,
                product.tenant_id,
                MovementKind.UPLOADED,
                available=len(fresh),
                on_hand=len(fresh),
                actor=actor,
                now=now,
            )
    return AddedItems(len(fresh), duplicates)


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
    wish = locks.HoldWish(
        tenant=product.tenant_id,
        product=product.pk,
        quantity=quantity,
        holder=holder,
        expires_at=expires_at,
        actor=actor,
        now=now,
    )
    bucket = random.randrange(BUCKETS)  # noqa: S311 - spreads buyers, hides nothing
    taken = locks.hold_free_items(wish, bucket=bucket)
    if taken < quantity:
        taken += locks.hold_free_items(wish, bucket=None, taken=taken)
    if taken < quantity:
        # The caller's transaction rolls back and gives the taken ones back.
        raise OutOfStock
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
        hold_moves.move_hold(hold.holder, HoldStatus.RELEASED)
        freed = StockItem.objects.filter(
            holder=hold.holder, status=ItemStatus.HELD
        ).update(status=ItemStatus.FREE, holder=None)
        _record(
            hold.product_id,
            hold.tenant_id,
            MovementKind.RELEASED,
            available=freed,
            on_hand=0,
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
    if hold_moves.move_hold(line.holder, HoldStatus.CONSUMED):
        sold = locks.sell_held_items(
            tenant=line.tenant_id,
            product=line.product_id,
            holder=line.holder,
            actor=actor,
            now=now,
        )
    if len(sold) != line.quantity:
        raise HoldLost
    return sold  # what can be bought did not change: nobody is told


class HoldLost(Conflict):
    """The codes are no longer set aside for this line."""

    code = "HOLD_LOST"
    default = _("The stock for this order was released in the meantime.")


def void_items(
    *, product: Product, item_ids: list[UUID], actor: str, now: datetime
) -> int:
    """Take free codes out of stock for good (a bad batch); how many were free."""
    with unit_of_work("inventory.void_items"):
        voided = StockItem.objects.filter(
            product=product, public_id__in=item_ids, status=ItemStatus.FREE
        ).update(status=ItemStatus.VOID)
        if voided:
            _record(
                product.pk,
                product.tenant_id,
                MovementKind.VOIDED,
                available=-voided,
                on_hand=-voided,
                actor=actor,
                now=now,
            )
            audit.record(
                actor=actor,
                action="stock.voided",
                object=f"product:{product.pk}",
                now=now,
                data={"name": product.name, "voided": voided},
            )
    return voided


def _record(  # noqa: PLR0913 - one column each
    product_id: int,
    tenant_id: int,
    kind: MovementKind,
    *,
    available: int,
    on_hand: int,
    actor: str,
    now: datetime,
    holder: UUID | None = None,
) -> None:
    StockMovement.objects.create(
        tenant_id=tenant_id,
        product_id=product_id,
        kind=kind,
        available=available,
        on_hand=on_hand,
        holder=holder,
        actor=actor,
        at=now,
    )
    _announce(tenant_id, product_id)


def _announce(tenant_id: int, product_id: int) -> None:
    stock_changed.send(StockItem, tenant_id=tenant_id, product_id=product_id)
    live.announce(tenant_id, "stock", product_id=product_id)
