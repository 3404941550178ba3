"""A buyer's way to a bill: the number, what it owes, the order for it, its receipt."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.presenters.bills import BillAnswer, PaidBill
from catalog import destinations
from catalog.models import Product
from catalog.states import ProductKind
from inventory.models import BillInquiry
from inventory.services import bills
from inventory.states import BillFinding, InquiryStatus
from payments.models import OrderLine
from payments.services.orders import undo
from ppob.kit.errors import NotFound
from tenants.models import Customer


def look_up(
    *,
    customer: Customer,
    product: Product,
    entered: Mapping[str, str],
    panel_id: int,
    now: datetime,
) -> BillAnswer:
    """What the number that a buyer entered owes, with the store's fee.

    It asks suppliers, so no transaction is open. Raises what `bills.inquire` raises.
    """
    inquiry = bills.inquire(
        customer=customer, product=product, entered=entered, now=now
    )
    is_due = inquiry.status == InquiryStatus.ANSWERED
    return BillAnswer(
        panel_id=panel_id,
        product_id=product.pk,
        inquiry_id=inquiry.pk,
        product_name=product.name,
        number=destinations.readable(inquiry.destination),
        fee=product.price,
        receipt=bills.receipt_of(inquiry) if is_due else None,
        words="" if is_due else str(BillFinding(inquiry.finding).label),
        destination=inquiry.destination,
        undo_secs=undo.secs_to_undo(
            customer_id=customer.pk,
            category_id=product.category_id,
            destination=inquiry.destination,
        ),
    )


def bills_of(lines: Iterable[OrderLine]) -> tuple[PaidBill, ...]:
    """What the bills among an order's lines say, but for those that were given back."""
    billed = [
        line
        for line in lines
        if line.kind == ProductKind.BILL and not line.is_undelivered
    ]
    if not billed:
        return ()
    found = bills.receipts_of([line.public_id for line in billed])
    return tuple(
        PaidBill(line.product_name, receipt, line.unit_price - receipt.billed)
        for line in billed
        if (receipt := found.get(line.public_id)) is not None
    )


def number_of(
    *, customer: Customer, product_id: int, inquiry_id: int
) -> tuple[str, str]:
    """The number of the buyer's own answer, and its customer's name; or NotFound.

    Whether it can still be ordered is said when it is.
    """
    inquiry: BillInquiry | None = BillInquiry.objects.filter(
        pk=inquiry_id, customer=customer, product_id=product_id
    ).first()
    if inquiry is None or inquiry.status in (
        InquiryStatus.NOTHING,
        InquiryStatus.UNKNOWN,
        InquiryStatus.ASKED,
    ):
        raise NotFound
    return inquiry.destination, inquiry.customer_name
