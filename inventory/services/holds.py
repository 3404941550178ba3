"""Giving back what nobody came for."""

from datetime import datetime, timedelta

from inventory import locks
from inventory.services import stock
from ppob.kit.db import unit_of_work

# Orders give their own holds back when they expire. This is the net below them, so it
# waits long enough never to come first.
GRACE = timedelta(minutes=10)
ACTOR = "job:inventory.release_expired_holds"


def release_expired(*, hold_id: int, now: datetime) -> bool:
    """Release one hold whose deadline passed `GRACE` ago; False if it is not due."""
    with unit_of_work("inventory.release_expired"):
        # Money that comes this moment extends the hold; then it is not overdue.
        hold = locks.overdue_hold(hold_id, before=now - GRACE)
        if hold is None:
            return False
        return stock.release_holds([hold.holder], actor=ACTOR, now=now) > 0
