"""Codes that must not be sold: put into quarantine, put back, taken out, looked at.

All of it is done to unsold codes only. What a buyer holds or has stays theirs.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from inventory import locks, selectors
from inventory.models import StockBatch, StockItem
from inventory.services import stock
from inventory.services.stock_transitions import ITEMS
from inventory.states import LIVE_ITEMS, UNSOLD_ITEMS, ItemStatus, MovementKind
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, InvalidInput
from security.services import audit
from tenants.actors import Actor
from tenants.auth import require
from tenants.permissions import Permission
from tenants.services.suspension import require_open_for_staff

MIN_REASON, MAX_REASON = 5, 200


class AlreadyWithdrawn(Conflict):
    """Somebody has withdrawn this upload before."""

    code = "ALREADY_WITHDRAWN"
    default = _("This upload was withdrawn already.")


class NotYours(Conflict):
    """The code belongs to a buyer, or will in a moment."""

    code = "CODE_BELONGS_TO_A_BUYER"
    default = _(
        "A buyer holds or bought this code. Open it from its order, for a dispute."
    )


@dataclass(frozen=True)
class Withdrawn:
    """What became of an upload: how many codes were taken out, and which stay."""

    withdrawn: int
    held: int
    sold: int


@dataclass(frozen=True)
class Restored:
    """How many codes are for sale again, and how many have a twin that is, or was."""

    restored: int
    twins: int


def quarantine_items(
    *,
    actor: Actor,
    product: Product,
    item_ids: list[UUID],
    reason: str,
    now: datetime,
) -> int:
    """Stop selling these codes until somebody puts them back; how many were free."""
    require(actor, Permission.EDIT_STOCK)
    words = _read_reason(reason)
    with unit_of_work("inventory.quarantine_items"):
        items = locks.items_to_move(_chosen(product, item_ids), [ItemStatus.FREE])
        if items:
            stock.set_aside(
                items,
                ItemStatus.QUARANTINED,
                actor=actor.name,
                reason=words,
                now=now,
            )
            audit.record(
                actor=actor.name,
                action="stock.quarantined",
                object=f"product:{product.pk}",
                now=now,
                reason=words,
                data={"name": product.name, "quarantined": len(items)},
            )
    return len(items)


def restore_items(
    *, actor: Actor, product: Product, item_ids: list[UUID], now: datetime
) -> Restored:
    """Sell codes from the quarantine again, but for those whose twin is live."""
    require(actor, Permission.EDIT_STOCK)
    with unit_of_work("inventory.restore_items"):
        # New twins come with uploads only: none can come in between.
        locks.lock_uploads()
        items = locks.items_to_move(
            _chosen(product, item_ids), [ItemStatus.QUARANTINED]
        )
        twins = set(
            StockItem.objects.filter(
                code_hash__in=[item.code_hash for item in items],
                status__in=LIVE_ITEMS,
            ).values_list("code_hash", flat=True)
        )
        # Of two twins in the quarantine, the older one.
        first = {item.code_hash: item for item in reversed(items)}
        free = [item for code, item in first.items() if code not in twins]
        if free:
            ITEMS.move_all(
                StockItem.objects.filter(pk__in=[item.pk for item in free]),
                ItemStatus.FREE,
                now=now,
                aside_at=None,
                aside_reason="",
            )
            stock.record_movement(
                product.pk,
                product.tenant_id,
                MovementKind.RESTORED,
                available=len(free),
                on_hand=len(free),
                actor=actor.name,
                now=now,
            )
            audit.record(
                actor=actor.name,
                action="stock.restored",
                object=f"product:{product.pk}",
                now=now,
                data={"name": product.name, "restored": len(free)},
            )
    return Restored(len(free), len(items) - len(free))


def withdraw_items(
    *,
    actor: Actor,
    product: Product,
    item_ids: list[UUID],
    reason: str,
    now: datetime,
) -> int:
    """Take these codes out of stock for good; how many were unsold."""
    require(actor, Permission.EDIT_STOCK)
    return stock.void_items(
        product=product,
        item_ids=item_ids,
        actor=actor.name,
        reason=_read_reason(reason),
        now=now,
    )


def withdraw_batch(
    *, actor: Actor, batch: StockBatch, reason: str, now: datetime
) -> Withdrawn:
    """Take everything unsold of an upload out of stock for good.

    Sold codes stay sold. Held ones stay with their buyers; those that come back unsold
    are taken out then. Raises AlreadyWithdrawn.
    """
    require(actor, Permission.EDIT_STOCK)
    words = _read_reason(reason)
    with unit_of_work("inventory.withdraw_batch"):
        locked = locks.lock_batch(batch.pk)
        if locked.withdrawn_at is not None:
            raise AlreadyWithdrawn
        # Before the codes are looked for: a hold that is released from now on sees it
        # and takes its codes out itself.
        StockBatch.objects.filter(pk=batch.pk).update(withdrawn_at=now)
        items = locks.items_to_move(
            StockItem.objects.filter(product=batch.product_id, batch=batch),
            UNSOLD_ITEMS,
        )
        if items:
            stock.set_aside(
                items,
                ItemStatus.VOID,
                actor=actor.name,
                reason=words,
                now=now,
                batch=batch,
            )
        left = selectors.count_by_status([batch])[batch.pk]
        result = Withdrawn(
            withdrawn=len(items),
            held=left.get(ItemStatus.HELD, 0),
            sold=left.get(ItemStatus.SOLD, 0),
        )
        audit.record(
            actor=actor.name,
            action="stock.batch_withdrawn",
            object=f"product:{batch.product_id}",
            now=now,
            reason=words,
            data={
                "batch": str(batch.public_id),
                "voided": result.withdrawn,
                "held": result.held,
                "sold": result.sold,
            },
        )
    return result


def reveal_item(*, actor: Actor, item: StockItem, reason: str, now: datetime) -> str:
    """The code itself, for somebody who has to check it; the look is written down.

    Raises NotAllowed, StoreSuspended, NotYours when a buyer holds or has it, or
    InvalidInput for a reason that is too short or too long.
    """
    require(actor, Permission.REVEAL_CODES)
    words = _read_reason(reason)
    with unit_of_work("inventory.reveal_item"):
        require_open_for_staff()
        # Locked: a code that is being sold at this moment is the buyer's.
        found = locks.lock_unsold_item(item.pk)
        if found is None:
            raise NotYours
        audit.record(
            actor=actor.name,
            action="stock.revealed",
            object=f"product:{found.product_id}",
            now=now,
            reason=words,
            data={"item": str(found.public_id)},
        )
        return str(found.code.reveal())


def _chosen(product: Product, item_ids: list[UUID]) -> QuerySet[StockItem]:
    items: QuerySet[StockItem] = StockItem.objects.filter(
        product=product, public_id__in=item_ids
    )
    return items


def _read_reason(reason: str) -> str:
    words = " ".join(reason.split())
    if not MIN_REASON <= len(words) <= MAX_REASON:
        raise InvalidInput(
            _("Give a reason of %(least)d to %(most)d characters.")
            % {"least": MIN_REASON, "most": MAX_REASON},
            field="reason",
        )
    return words
