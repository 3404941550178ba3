"""What a supplier is told about one attempt to buy, the same each time."""

from datetime import datetime

from inventory.models import PurchaseAttempt
from inventory.services.supplier_clients import callback_url
from inventory.states import AttemptStatus
from inventory.suppliers import registry
from inventory.suppliers.base import PurchaseRequest


def request_for(attempt: PurchaseAttempt, *, now: datetime) -> PurchaseRequest:
    """What the supplier of this attempt is told, or asked about."""
    taken, has_rivals = _others_of(attempt)
    return PurchaseRequest(
        ref_id=attempt.ref_id,
        sku=attempt.sku,
        destination=attempt.target,
        ceiling=attempt.purchase.ceiling,
        callback_url=callback_url(attempt.account),
        first_sent_at=attempt.first_sent_at or now,
        sent_at=now,
        supplier_reference=attempt.supplier_reference,
        taken=taken,
        has_rivals=has_rivals,
    )


def _others_of(attempt: PurchaseAttempt) -> tuple[frozenset[str], bool]:
    """What other purchases of the same are called there, and whether one has no name.

    Only for suppliers that can be asked by nothing but what was bought.
    """
    if registry.spec_of(attempt.account.kind).keeps_our_reference:
        return frozenset(), False
    others = PurchaseAttempt.objects.filter(
        account=attempt.account, sku=attempt.sku, target=attempt.target
    ).exclude(pk=attempt.pk)
    named = others.exclude(supplier_reference="")
    # Sent, and never proven to have bought nothing: what is found may be its order.
    nameless = others.filter(
        supplier_reference="", first_sent_at__isnull=False
    ).exclude(status=AttemptStatus.FAILED, formed_at=None)
    taken = frozenset(named.values_list("supplier_reference", flat=True))
    return taken, nameless.exists()
