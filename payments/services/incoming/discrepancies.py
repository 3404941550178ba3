"""News of gateways that contradicts what is known: kept once, and told."""

from datetime import datetime, timedelta

from payments.models import Discrepancy, Payment
from payments.signals import discrepancy_found
from payments.states import DiscrepancyKind
from ppob.kit import live
from ppob.kit.db import require_transaction

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
        discrepancy_found.send(
            Discrepancy, tenant_id=payment.tenant_id, discrepancy=found
        )
        live.announce(payment.tenant_id, "money", discrepancy=str(found.public_id))
