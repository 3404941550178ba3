"""Where one attempt to pay stands."""

from datetime import datetime
from typing import Any

from payments.events import PaymentMoved
from payments.models import Payment, PaymentEvent
from payments.services.transitions.words import MOVED_ON
from payments.states import PAYMENT_TRANSITIONS, PaymentStatus
from ppob.kit import live
from ppob.kit.events import announce
from ppob.kit.machine import Machine, Transition


def announce_payment(payment: Payment) -> None:
    """Tell the apps above and open pages where the payment stands now."""
    announce(
        PaymentMoved(payment.tenant_id, payment, target=PaymentStatus(payment.status))
    )
    live.announce(payment.tenant_id, "orders", payment=str(payment.public_id))


def _event(payment: Payment) -> PaymentEvent:
    return PaymentEvent(tenant_id=payment.tenant_id, payment_id=payment.pk)


def _announce(payment: Payment, _step: Transition[PaymentStatus]) -> None:
    announce_payment(payment)


PAYMENTS = Machine(
    model=Payment,
    table=PAYMENT_TRANSITIONS,
    event=_event,
    times={PaymentStatus.SETTLED: "settled_at"},
    announce=_announce,
    refusal=MOVED_ON,
)


def move_payment(
    payment: Payment,
    target: PaymentStatus,
    *,
    now: datetime,
    actor: str = "system",
    **fields: Any,
) -> Payment:
    """Move the payment on together with other columns, or raise IllegalMove.

    `actor` is who brought it about; the transition is written down.
    """
    return PAYMENTS.move(payment, target, actor=actor, now=now, **fields)
