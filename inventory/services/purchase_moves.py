"""The one place where the status of a purchase or an attempt changes."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from inventory.models import Purchase, PurchaseAttempt, PurchaseEvent
from inventory.signals import purchase_settled, purchase_stalled
from inventory.states import (
    ATTEMPT_MOVES,
    LIVE_ATTEMPTS,
    OPEN_PURCHASES,
    PURCHASE_MOVES,
    AttemptStatus,
    PurchaseStatus,
)
from ppob.kit import live
from ppob.kit.db import require_transaction
from ppob.kit.errors import Conflict

OWNER_DECIDES_WITHIN = timedelta(hours=24)


class IllegalMove(Conflict):
    """The purchase is not where this step starts from; nothing was changed."""

    code = "ILLEGAL_MOVE"
    default = _("This purchase has moved on in the meantime.")


def move_purchase(
    purchase: Purchase,
    target: PurchaseStatus,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    **fields: Any,
) -> Purchase:
    """Move the purchase on, note who did it and why, and announce it.

    The row itself decides: if it is no longer where `purchase` says, or the move is not
    in the table, IllegalMove is raised. Other columns change along as `fields`.
    """
    require_transaction()
    source = PurchaseStatus(purchase.status)
    if target not in OPEN_PURCHASES:
        fields["settled_at"] = now
    elif target == PurchaseStatus.NEEDS_OWNER:
        fields["due_at"] = now + OWNER_DECIDES_WITHIN
    moved = target in PURCHASE_MOVES[source] and Purchase.objects.filter(
        pk=purchase.pk, status=source
    ).update(status=target, **fields)
    if not moved:
        raise IllegalMove
    for name, value in {"status": target, **fields}.items():
        setattr(purchase, name, value)
    record_event(
        purchase, source=source, target=target, actor=actor, now=now, reason=reason
    )
    _announce(purchase, target)
    return purchase


def move_attempt(
    attempt: PurchaseAttempt,
    target: AttemptStatus,
    *,
    actor: str,
    now: datetime,
    reason: str = "",
    **fields: Any,
) -> PurchaseAttempt:
    """Move the attempt on together with other columns, or raise IllegalMove.

    An attempt that fails is fenced at the same moment.
    """
    require_transaction()
    source = AttemptStatus(attempt.status)
    if target == AttemptStatus.FAILED:
        fields["fenced_at"] = now
    if target not in LIVE_ATTEMPTS:
        fields |= {"due_at": None, "claimed_until": None}
    moved = target in ATTEMPT_MOVES[source] and PurchaseAttempt.objects.filter(
        pk=attempt.pk, status=source
    ).update(status=target, **fields)
    if not moved:
        raise IllegalMove
    for name, value in {"status": target, **fields}.items():
        setattr(attempt, name, value)
    record_event(
        attempt.purchase,
        attempt,
        source=source,
        target=target,
        actor=actor,
        now=now,
        reason=reason,
    )
    return attempt


def record_event(  # noqa: PLR0913 - one column each
    purchase: Purchase,
    attempt: PurchaseAttempt | None = None,
    *,
    source: PurchaseStatus | AttemptStatus | None,
    target: PurchaseStatus | AttemptStatus,
    actor: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Write down a move (or a creation) and tell open pages."""
    require_transaction()
    PurchaseEvent.objects.create(
        tenant_id=purchase.tenant_id,
        purchase=purchase,
        attempt=attempt,
        source=source.value if source else "",
        target=target.value,
        actor=actor,
        reason=reason[:120],
        at=now,
    )
    live.announce(purchase.tenant_id, "purchases", purchase=str(purchase.public_id))


def _announce(purchase: Purchase, target: PurchaseStatus) -> None:
    if target not in OPEN_PURCHASES:
        purchase_settled.send(Purchase, tenant_id=purchase.tenant_id, purchase=purchase)
    elif target == PurchaseStatus.NEEDS_OWNER:
        purchase_stalled.send(Purchase, tenant_id=purchase.tenant_id, purchase=purchase)
