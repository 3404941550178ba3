"""A buyer's way to a bill: what the number owes, and the answer set aside for an order.

What is asked for and what is ordered stand in one row: nobody pays an amount that a
client sent, nor under the reference of somebody else's question.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from catalog import destinations
from catalog.models import Product
from catalog.states import ProductKind
from inventory import locks
from inventory.models import BillInquiry, SupplierProduct
from inventory.services import bill_days, bill_questions, deposits, purchase_routes
from inventory.services.bill_questions import ACTOR, INQUIRIES
from inventory.services.jakarta import day_of
from inventory.states import BillDetail, InquiryStatus
from ppob.kit.db import forbid_transaction, require_transaction, unit_of_work
from ppob.kit.errors import Conflict, InvalidInput, NotFound
from ppob.kit.money import rupiah
from tenants.models import Customer
from tenants.services.suspension import require_open

MOST_ASKED = 2  # suppliers: a buyer waits for the answer
ANSWER_LASTS = timedelta(minutes=10)  # asked again by the same buyer, it is shown again
TIME_TO_PAY = timedelta(minutes=5)  # with less, a buyer is not shown the bill
MOST_QUESTIONS = 20  # of one buyer in an hour; suppliers frown on asking without paying
ENDS_AFTER = timedelta(minutes=10)  # a question whose process died
_MONTH = re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(?!\d)", re.ASCII)
KEPT = timedelta(days=30)  # what was used stays with its order


class NobodyAnswers(Conflict):
    """No supplier says right now what the number owes; nothing was charged."""

    code = "BILL_UNKNOWN"
    default = _(
        "Nobody can say right now what this number owes. Nothing was charged; please "
        "try again in a few minutes."
    )


class BillsClosed(Conflict):
    """Nobody takes payments of this kind at this hour, or will soon not."""

    code = "BILLS_CLOSED"
    default = _(
        "This bill cannot be paid at this hour. Nothing was charged; please try again "
        "later."
    )


class TooManyQuestions(Conflict):
    """This buyer has asked for too many bills lately."""

    code = "TOO_MANY_QUESTIONS"
    default = _("You have asked for very many bills. Please try again in an hour.")


class BillIsOver(Conflict):
    """The answer cannot be ordered (any more): asked another day, or ordered before."""

    code = "BILL_IS_OVER"
    default = _(
        "This bill was ordered already, or it was looked up too long ago. Nothing was "
        "charged; please look it up again."
    )


class DepositTooLow(Conflict):
    """The store's deposit at the supplier does not cover the bill."""

    code = "DEPOSIT_TOO_LOW"
    default = _(
        "The store cannot pay a bill of this amount right now. Nothing was charged; "
        "please try again later."
    )


def inquire(
    *,
    customer: Customer,
    product: Product,
    entered: Mapping[str, str],
    now: datetime,
) -> BillInquiry:
    """What the number that a buyer typed owes: `ANSWERED`, or `NOTHING` and why.

    It asks suppliers, so no transaction is open. Raises BadDestination, InvalidInput
    for what is no bill, BillsClosed, NobodyAnswers, StoreClosed or TooManyQuestions.
    """
    forbid_transaction()
    # Suppliers frown on questions that nobody can pay for afterwards.
    require_open()
    if product.kind != ProductKind.BILL:
        raise InvalidInput(_("This product is no bill."))
    destination = _read_number(product, entered)
    known = _find_answer(customer, product, destination, now=now)
    if known is not None:
        return known
    _count_questions(customer, now=now)
    options = _options(product, destination)
    open_now = [each for each in options if _takes_orders(each, now=now)]
    if options and not open_now:
        raise BillsClosed
    for option in open_now[:MOST_ASKED]:
        inquiry = _ask(option, customer, product, destination, now=now)
        if inquiry.status != InquiryStatus.UNKNOWN:
            return inquiry
    raise NobodyAnswers


def get_answer(*, inquiry_id: int, product: Product, now: datetime) -> BillInquiry:
    """The answer that an order for this product is priced by.

    Raises BillIsOver for one that cannot be ordered at this moment.
    """
    inquiry: BillInquiry | None = (
        BillInquiry.objects.filter(pk=inquiry_id, product=product)
        .select_related("account")
        .first()
    )
    if inquiry is None or not _can_be_ordered(inquiry, now=now):
        raise BillIsOver
    return inquiry


def orders_until(inquiry: BillInquiry) -> datetime:
    """By when an order for this answer has to be paid."""
    return bill_days.last_order(_line_of(inquiry), asked_at=inquiry.asked_at)


def use(
    *, inquiry_id: int, customer: Customer, holder: UUID, now: datetime
) -> BillInquiry:
    """Set a buyer's own answer aside for one order line, with what it costs.

    Part of the caller's transaction, and its last lock. Raises NotFound for somebody
    else's, BillIsOver or DepositTooLow; then the transaction has to end.
    """
    require_transaction()
    inquiry = locks.lock_inquiry(inquiry_id)
    if inquiry is None or inquiry.customer_id != customer.pk:
        raise NotFound
    if not _can_be_ordered(inquiry, now=now):
        raise BillIsOver
    INQUIRIES.move(
        inquiry,
        InquiryStatus.USED,
        actor=ACTOR,
        now=now,
        holder=holder,
        used_on=day_of(now),
    )
    cost = inquiry.cost or 0  # the database allows no answer without it
    if not deposits.set_aside(inquiry.account, cost, holder=holder, now=now):
        raise DepositTooLow
    return inquiry


def get_used(holder: UUID) -> BillInquiry:
    """The answer that the bill of an order line is paid by.

    Raises BillInquiry.DoesNotExist for lines that are no bills.
    """
    found: BillInquiry = BillInquiry.objects.select_related("account").get(
        holder=holder, status=InquiryStatus.USED
    )
    return found


@dataclass(frozen=True)
class Receipt:
    """What a bill says, for people; whole rupiah, without the store's fee.

    By the `reference` its supplier finds the payment, with a serial number or without.
    """

    name: str
    number: str
    period: str
    billed: int
    admin: int | None
    details: tuple[tuple[str, str], ...]
    reference: str = ""


def receipt_of(inquiry: BillInquiry) -> Receipt:
    """What was answered, with the labels of its details in the reader's language."""
    known = dict(BillDetail.choices)
    amounts = {BillDetail.FINE.value}
    return Receipt(
        name=inquiry.customer_name,
        number=destinations.readable(inquiry.destination),
        period=_in_words(inquiry.period),
        billed=inquiry.billed or 0,
        admin=inquiry.admin,
        details=tuple(
            (str(known[key]), rupiah(int(text)) if key in amounts else text)
            for key, text in inquiry.details
            if key in known
        ),
        reference=inquiry.supplier_reference or inquiry.ref_id,
    )


def _in_words(period: str) -> str:
    """`201901` as "January 2019"; what suppliers write otherwise stays as it is."""

    def month_of(found: re.Match[str]) -> str:
        first = date(int(found[1]), int(found[2]), 1)
        return date_format(first, "F Y")

    return _MONTH.sub(month_of, period)


def receipts_of(holders: Collection[UUID]) -> dict[UUID, Receipt]:
    """The receipts of these order lines, where they are bills."""
    found = BillInquiry.objects.filter(holder__in=holders, status=InquiryStatus.USED)
    return {each.holder: receipt_of(each) for each in found if each.holder}


def end_old(*, now: datetime) -> int:
    """Close what nobody ordered on its day and what died; forget it after a month."""
    with unit_of_work("inventory.end_inquiries"):
        asked = BillInquiry.objects.filter(asked_at__lte=now - ENDS_AFTER)
        INQUIRIES.move_all(
            asked.filter(status=InquiryStatus.ASKED), InquiryStatus.UNKNOWN, now=now
        )
        past = BillInquiry.objects.filter(day__lt=day_of(now))
        INQUIRIES.move_all(
            past.filter(status=InquiryStatus.ANSWERED), InquiryStatus.OVER, now=now
        )
        old = BillInquiry.objects.filter(asked_at__lte=now - KEPT, holder=None)
        gone, _tables = old.exclude(status=InquiryStatus.USED).delete()
    return int(gone)


def _can_be_ordered(inquiry: BillInquiry, *, now: datetime) -> bool:
    is_open = inquiry.status == InquiryStatus.ANSWERED and inquiry.holder is None
    return is_open and now < orders_until(inquiry)


def _read_number(product: Product, entered: Mapping[str, str]) -> str:
    category = product.category
    fields = destinations.read_fields(category.destination_fields if category else [])
    number = destinations.parse(entered, fields, game=category.code if category else "")
    text = destinations.join(number)
    # No biller has a number of other signs; letters that look alike are none of them.
    if not text.isascii() or not text.isprintable():
        raise destinations.BadDestination
    return text


def _find_answer(
    customer: Customer, product: Product, destination: str, *, now: datetime
) -> BillInquiry | None:
    """What this buyer was told about the number a moment ago, if it can be ordered."""
    known = BillInquiry.objects.filter(
        customer=customer,
        product=product,
        destination=destination,
        status=InquiryStatus.ANSWERED,
        holder=None,
        asked_at__gt=now - ANSWER_LASTS,
    ).order_by("-pk")
    found = known.select_related("account").first()
    return found if found and _can_be_ordered(found, now=now) else None


def _count_questions(customer: Customer, *, now: datetime) -> None:
    lately = BillInquiry.objects.filter(
        customer=customer, asked_at__gt=now - timedelta(hours=1)
    )
    if lately.count() >= MOST_QUESTIONS:
        raise TooManyQuestions


def _options(product: Product, destination: str) -> list[SupplierProduct]:
    """The lines by which this number can be asked about, the first one first."""
    found = SupplierProduct.objects.filter(
        product=product,
        account__is_active=True,
        account__is_test=purchase_routes.is_test_store(),
        is_available=True,
        is_bill=True,
    ).select_related("account", "product__category")
    ranked = sorted(
        found,
        key=lambda each: (
            # A bill can only be paid where it was asked for.
            not each.account.is_answering,
            purchase_routes.priority_of(each),
            each.pk,
        ),
    )
    return [
        each
        for each in ranked
        if purchase_routes.bill_input(each, each.account.kind) is None
        and purchase_routes.fits(each, destination)
    ]


def _takes_orders(option: SupplierProduct, *, now: datetime) -> bool:
    """Whether a bill that is asked for now can still be ordered and paid."""
    if purchase_routes.is_closed(option, now=now):
        return False
    return now + TIME_TO_PAY < bill_days.last_order(option, asked_at=now)


def _ask(
    option: SupplierProduct,
    customer: Customer,
    product: Product,
    destination: str,
    *,
    now: datetime,
) -> BillInquiry:
    inquiry = BillInquiry(
        product=product,
        customer=customer,
        sku=option.sku,
        destination=destination,
        target=purchase_routes.target_of(option, destination),
    )
    with unit_of_work("inventory.ask_bill"):
        bill_questions.write_down(inquiry, account=option.account, now=now)
    bill = bill_questions.ask(inquiry)
    with unit_of_work("inventory.keep_bill"):
        if not bill_questions.keep_answer(inquiry, bill, now=now):
            # It took so long that a sweep has closed it: that is what counts.
            inquiry.refresh_from_db()
    return inquiry


def _line_of(inquiry: BillInquiry) -> SupplierProduct | None:
    found: SupplierProduct | None = SupplierProduct.objects.filter(
        account=inquiry.account_id, sku=inquiry.sku
    ).first()
    return found
