"""Questions to suppliers about bills: written down first, then asked, then answered.

A question costs nothing, so one without an answer is asked anew, under another
reference. What is written down here is what a bill is paid by later.
"""

import logging
from datetime import datetime
from uuid import UUID

from inventory.models import BillInquiry, SupplierAccount
from inventory.services.jakarta import day_of
from inventory.services.supplier_clients import open_supplier
from inventory.states import INQUIRY_TRANSITIONS, BillFinding, InquiryStatus
from inventory.suppliers.base import (
    Bill,
    BillQuestion,
    OutcomeUnknown,
    ProviderRefused,
    ProviderUnreachable,
)
from ppob.kit import ids
from ppob.kit.db import forbid_transaction, require_transaction
from ppob.kit.machine import Machine

log = logging.getLogger(__name__)

INQUIRIES = Machine(
    model=BillInquiry,
    table=INQUIRY_TRANSITIONS,
    times={
        InquiryStatus.ANSWERED: "answered_at",
        InquiryStatus.NOTHING: "answered_at",
    },
)
ACTOR = "inventory.bills"


def write_down(
    inquiry: BillInquiry,
    *,
    account: SupplierAccount,
    now: datetime,
    holder: UUID | None = None,
) -> BillInquiry:
    """Give a new question its reference and its day, and keep it.

    Part of the caller's transaction, which is over before the supplier is asked. With a
    `holder` the answer can be used for that order line alone.
    """
    require_transaction()
    inquiry.account = account
    inquiry.tenant_id = account.tenant_id
    # Letters and digits alone: some suppliers refuse any other reference.
    inquiry.ref_id = f"B{account.tenant_id}{inquiry.public_id.hex[-12:]}"
    inquiry.day, inquiry.asked_at, inquiry.holder = day_of(now), now, holder
    inquiry.save(force_insert=True)
    return inquiry


def ask(inquiry: BillInquiry) -> Bill | None:
    """What the supplier says; None if it did not, or cannot.

    Keys that do not work are the seller's trouble, and no answer either.
    """
    forbid_transaction()
    question = BillQuestion(
        ref_id=inquiry.ref_id, sku=inquiry.sku, number=inquiry.target
    )
    try:
        return open_supplier(inquiry.account).inquire_bill(question)
    except (ProviderRefused, ProviderUnreachable, OutcomeUnknown) as error:
        log.warning("No answer to %s: %s", inquiry.ref_id, error)
        return None


def keep_answer(inquiry: BillInquiry, bill: Bill | None, *, now: datetime) -> bool:
    """Write down what was answered; False if the question had ended by then."""
    require_transaction()
    if bill is None:
        return INQUIRIES.try_move(inquiry, InquiryStatus.UNKNOWN, actor=ACTOR, now=now)
    if _is_anothers(inquiry, bill):
        # Paid under it, one of two orders would be the other's.
        log.error("The supplier's word for %s is another question's.", inquiry.ref_id)
        return INQUIRIES.try_move(inquiry, InquiryStatus.UNKNOWN, actor=ACTOR, now=now)
    told = {"finding": bill.finding, "rc": bill.rc}
    if bill.finding is not BillFinding.DUE:
        return INQUIRIES.try_move(
            inquiry, InquiryStatus.NOTHING, actor=ACTOR, now=now, **told
        )
    return INQUIRIES.try_move(
        inquiry,
        InquiryStatus.ANSWERED,
        actor=ACTOR,
        now=now,
        **told,
        supplier_reference=bill.supplier_reference[:64],
        customer_name=bill.customer_name,
        period=bill.period,
        billed=bill.billed,
        cost=bill.cost,
        admin=bill.admin,
        details=[[detail.value, text] for detail, text in bill.details],
    )


def new_question(*, like: BillInquiry) -> BillInquiry:
    """Another question about the same number, not written down yet."""
    return BillInquiry(
        public_id=ids.new_id(),
        product_id=like.product_id,
        customer_id=like.customer_id,
        sku=like.sku,
        destination=like.destination,
        target=like.target,
    )


def _is_anothers(inquiry: BillInquiry, bill: Bill) -> bool:
    same = BillInquiry.objects.filter(
        account=inquiry.account_id, supplier_reference=bill.supplier_reference
    )
    return bool(bill.supplier_reference) and same.exclude(pk=inquiry.pk).exists()
