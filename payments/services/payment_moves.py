"""The one place where a payment's status changes."""

from datetime import datetime
from typing import Any

from payments.models import Payment, PaymentEvent
from payments.services.order_moves import IllegalMove
from payments.signals import payment_changed
from payments.states import PAYMENT_MOVES, PaymentStatus
from ppob.kit import live
from ppob.kit.db import require_transaction
from ppob.kit.moves import move_row


def move_payment(
    payment: Payment,
    target: PaymentStatus,
    *,
    now: datetime,
    actor: str = "system",
    **fields: Any,
) -> Payment:
    """Move the payment on together with other columns, or raise IllegalMove.

    `actor` is who brought it about; the move is written down.
    """
    require_transaction()
    source = PaymentStatus(payment.status)
    if target == PaymentStatus.SETTLED:
        fields.setdefault("settled_at", now)
    event = PaymentEvent(
        tenant_id=payment.tenant_id,
        payment_id=payment.pk,
        source=source.value,
        target=target.value,
        actor=actor,
        at=now,
    )
    changes = {"status": target, **fields}
    moved = target in PAYMENT_MOVES[source] and move_row(
        payment, event, source=source, changes=changes
    )
    if not moved:
        raise IllegalMove
    for name, value in changes.items():
        setattr(payment, name, value)
    announce(payment)
    return payment


def announce(payment: Payment) -> None:
    """Tell the apps above and open pages where the payment stands now."""
    payment_changed.send(
        Payment,
        tenant_id=payment.tenant_id,
        payment=payment,
        target=PaymentStatus(payment.status),
    )
    live.announce(payment.tenant_id, "orders", payment=str(payment.public_id))
