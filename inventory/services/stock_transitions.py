"""The machines of codes and their holds; the movements are their history.

The statements of a sale in `inventory.locks` set aside, free and sell codes together
with their movement; the database refuses what this table does not allow, there too.
"""

from uuid import UUID

from inventory.models import Hold, StockItem
from inventory.states import (
    HOLD_TRANSITIONS,
    ITEM_TRANSITIONS,
    HoldStatus,
    ItemStatus,
)
from ppob.kit.machine import Machine

HOLDS = Machine(model=Hold, table=HOLD_TRANSITIONS)
ITEMS = Machine(
    model=StockItem,
    table=ITEM_TRANSITIONS,
    times={ItemStatus.VOID: "aside_at", ItemStatus.QUARANTINED: "aside_at"},
)


def move_hold(holder: UUID, target: HoldStatus) -> bool:
    """Move the hold of this order line on; False if none stands where it may."""
    return HOLDS.move_by_key(target, holder=holder)
