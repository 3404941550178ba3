"""The one place where a hold's status changes; the movements are its history."""

from uuid import UUID

from inventory import locks
from inventory.states import HOLD_MOVES, HoldStatus
from ppob.kit.db import require_transaction


def move_hold(holder: UUID, target: HoldStatus) -> bool:
    """Move the hold of this order line on; False if none stands where it may."""
    require_transaction()
    sources = [source for source, targets in HOLD_MOVES.items() if target in targets]
    return locks.move_hold(holder, sources, target)
