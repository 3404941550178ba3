"""News of gateways that contradicts what is known: kept once, and told."""

from datetime import datetime, timedelta

from payments.events import PaymentContradicted
from payments.models import Discrepancy, Payment
from payments.states import DiscrepancyKind
from ppob.kit import live
from ppob.kit.db import require_transaction
from ppob.kit.events import announce

DECIDE_WITHIN = timedelta(days=1)


def report(
    payment: Payment,
    kind: DiscrepancyKind,
    *,
    key: str,
    amount: int,
    expected: int,
    now: datetime,
) -> None:
    """Keep contradicting news about a locked payment, once, and tell the store."""
    require_transaction()
    # By the gateway's own key: news that is told twenty times is one row for a person.
    found, is_new = Discrepancy.objects.get_or_create(
        payment=payment,
        key=key[:100],
        defaults={
            "kind": kind,
            "amount": amount,
            "expected": expected,
            "opened_at": now,
            "due_at": now + DECIDE_WITHIN,
        },
    )
    if is_new:
        found.payment = payment
        announce(PaymentContradicted(payment.tenant_id, found))
        live.announce(payment.tenant_id, "money", discrepancy=str(found.public_id))
