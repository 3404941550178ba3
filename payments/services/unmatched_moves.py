"""The one place where the status of unmatched money changes."""

from datetime import datetime
from typing import Any

from payments.models import UnmatchedMoney
from payments.services.order_moves import IllegalMove
from payments.states import UNMATCHED_MOVES, UnmatchedStatus
from ppob.kit import live
from ppob.kit.db import require_transaction


def move_money(
    money: UnmatchedMoney,
    target: UnmatchedStatus,
    *,
    actor: str,
    now: datetime,
    **fields: Any,
) -> UnmatchedMoney:
    """Move the money on together with other columns, or raise IllegalMove."""
    require_transaction()
    source = UnmatchedStatus(money.status)
    if target == UnmatchedStatus.OPEN:
        fields |= {"settled_at": None, "settled_by": ""}
    else:
        fields |= {"settled_at": now, "settled_by": actor, "due_at": None}
    moved = target in UNMATCHED_MOVES[source] and UnmatchedMoney.objects.filter(
        pk=money.pk, status=source
    ).update(status=target, **fields)
    if not moved:
        raise IllegalMove
    for name, value in {"status": target, **fields}.items():
        setattr(money, name, value)
    live.announce(money.tenant_id, "money", money=str(money.public_id))
    return money
