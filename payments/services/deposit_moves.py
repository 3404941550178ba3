"""The one place where a deposit's status changes."""

from datetime import datetime

from payments.models import Deposit, DepositEvent
from payments.services.order_moves import IllegalMove
from payments.signals import deposit_changed
from payments.states import DEPOSIT_MOVES, DepositStatus
from ppob.kit import live
from ppob.kit.db import require_transaction


def move_deposit(
    deposit: Deposit, target: DepositStatus, *, actor: str, now: datetime
) -> Deposit:
    """Move the deposit on and note who did it, or raise IllegalMove."""
    require_transaction()
    source = DepositStatus(deposit.status)
    changes: dict[str, object] = {"status": target}
    if target == DepositStatus.CREDITED:
        changes["credited_at"] = now
    moved = target in DEPOSIT_MOVES[source] and Deposit.objects.filter(
        pk=deposit.pk, status=source
    ).update(**changes)
    if not moved:
        raise IllegalMove
    for name, value in changes.items():
        setattr(deposit, name, value)
    record_event(deposit, source=source, target=target, actor=actor, now=now)
    return deposit


def record_event(
    deposit: Deposit,
    *,
    source: DepositStatus | None,
    target: DepositStatus,
    actor: str,
    now: datetime,
) -> None:
    """Write down a move (or the deposit's birth) and announce it."""
    require_transaction()
    DepositEvent.objects.create(
        tenant_id=deposit.tenant_id,
        deposit_id=deposit.pk,
        source=source.value if source else "",
        target=target.value,
        actor=actor,
        at=now,
    )
    deposit_changed.send(
        Deposit,
        tenant_id=deposit.tenant_id,
        deposit=deposit,
        source=source,
        target=target,
    )
    live.announce(deposit.tenant_id, "money", deposit=str(deposit.public_id))
