"""What a supplier is told about an attempt, or asked about it."""

from datetime import datetime

from inventory.models import BillInquiry, PurchaseAttempt
from inventory.services.supplier_clients import callback_url, open_supplier
from inventory.states import AttemptStatus
from inventory.suppliers import registry
from inventory.suppliers.base import PurchaseFact, PurchaseRequest


def begin(attempt: PurchaseAttempt, *, now: datetime) -> PurchaseFact:
    """Have the attempt's unit bought, or its bill paid: the first call of all.

    Raises ProviderRefused, ProviderUnreachable or OutcomeUnknown.
    """
    supplier, request = open_supplier(attempt.account), request_for(attempt, now=now)
    return supplier.pay_bill(request) if request.is_bill else supplier.buy(request)


def look_up(attempt: PurchaseAttempt, *, now: datetime) -> PurchaseFact:
    """Ask what has become of an attempt that was sent; raises the same.

    Some suppliers take the purchase itself for the question; it never pays a bill.
    """
    supplier, request = open_supplier(attempt.account), request_for(attempt, now=now)
    if request.is_bill:
        return supplier.look_up_bill(request)
    return supplier.look_up(request)


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
        supplier_reference=_word_for(attempt),
        taken=taken,
        has_rivals=has_rivals,
        is_bill=is_bill(attempt),
        last_rc=attempt.rc,
    )


def is_bill(attempt: PurchaseAttempt) -> bool:
    """Whether a bill is paid with this attempt."""
    return attempt.purchase.inquiry_id is not None


def _word_for(attempt: PurchaseAttempt) -> str:
    """The supplier's own word for a purchase, or for the question about a bill."""
    if not is_bill(attempt):
        return attempt.supplier_reference
    # Not that of the purchase: since this attempt the bill may have been asked anew.
    asked: BillInquiry = BillInquiry.objects.get(
        account=attempt.account, ref_id=attempt.ref_id
    )
    return asked.supplier_reference


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
