"""Orders: the list, one order, and confirming transfers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.states import ProductKind
from inventory import selectors as inventory
from inventory.services import bills
from inventory.services.bills import Receipt
from payments import access, figures, purchase_links, selectors
from payments.dashboard.refund_cards import make_cards
from payments.figures import OrderMoney
from payments.handed import handed_of
from payments.models import Order, OrderEvent, OrderLine, Payment, UnmatchedMoney
from payments.services.incoming import instalments, settlement
from payments.services.incoming.gateway_client import MANUAL
from payments.services.orders import checkout
from payments.services.refunds import refund_split
from payments.states import (
    OPEN_PAYMENTS,
    OrderStatus,
    PaymentStatus,
    UnmatchedReason,
    UnmatchedStatus,
)
from ppob.kit import clock
from ppob.kit.money import read_amount, rupiah
from ppob.kit.numbers import read_number
from ppob.kit.pages import (
    read_position,
    read_search,
    refusals_as_messages,
    render_live,
)
from tenants import selectors as tenants
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

PAGE = 50
MOST_TRANSFERS = 9_999  # of one payment
FILTERS = (
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.PAID,
    OrderStatus.DELIVERED,
    OrderStatus.COMPLETED,
    OrderStatus.EXPIRED,
    OrderStatus.CANCELLED,
    OrderStatus.REFUNDED,
)


@require_safe
@store_page(Permission.SEE_ORDERS)
def orders(request: StoreRequest, store: str) -> HttpResponse:
    """All orders, newest first, fifty at a time."""
    status = request.GET.get("status", "")
    status = status if status in OrderStatus.values else ""
    search = read_search(request)
    before = read_position(request)
    found = selectors.order_page(
        status=status,
        search=search,
        before=before,
        limit=PAGE + 1,
    )
    context = {
        "orders": found[:PAGE],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "is_first_page": before is None,
        "status": status,
        "search": search,
        "filters": FILTERS,
        "transfers": selectors.transfers_to_confirm() if before is None else [],
        "section": "orders",
    }
    return render_live(
        request, "payments/orders.html", "payments/_orders.html", context
    )


@require_safe
@store_page(Permission.SEE_ORDERS)
def order(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """One order with everything that happened to it."""
    found = access.access_order(request.member, public_id, to=Permission.SEE_ORDERS)
    details = selectors.order_details(found)
    payments = list(details.payments.all())
    events = list(details.events.all())
    lines = list(details.lines.all())
    context = {
        "order": details,
        "payments": [(payment, _can_be_confirmed(payment)) for payment in payments],
        "money": figures.money_of([details.pk]).get(details.pk, OrderMoney()),
        "from_balance": sum(
            payment.amount
            for payment in payments
            if payment.from_balance and payment.status == PaymentStatus.SETTLED
        ),
        "refunds": make_cards(details.refunds.all(), member=request.member),
        "can_refund": details.status in selectors.SOLD
        and refund_split.amount_left(details) > 0,
        "events": [(event, _label(event)) for event in events],
        "people": tenants.staff_names(_actors(payments, events)),
        "first_revealed_at": selectors.first_revealed([details.pk]).get(details.pk),
        "purchase_address": purchase_links.address_of(details),
        "top_ups": inventory.purchases_of(
            line.public_id for line in lines if line.destination
        ),
        "handed": handed_of(line.kind for line in lines),
        "receipts": _receipts(lines),
        "section": "orders",
    }
    return render_live(request, "payments/order.html", "payments/_order.html", context)


def _receipts(lines: list[OrderLine]) -> list[Receipt]:
    billed = [line.public_id for line in lines if line.kind == ProductKind.BILL]
    return list(bills.receipts_of(billed).values()) if billed else []


@require_POST
@store_page(Permission.CONFIRM_PAYMENTS)
def cancel_order(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """End an order nobody has paid; its codes are free again."""
    found = access.access_order(
        request.member, public_id, to=Permission.CONFIRM_PAYMENTS
    )
    with refusals_as_messages(request):
        checkout.cancel_for_buyer(
            actor=request.member, order_id=found.pk, now=clock.now()
        )
        messages.success(
            request, _("Order %(order)s was cancelled.") % {"order": found}
        )
    return redirect("payments:order", store, public_id)


@require_POST
@store_page(Permission.CONFIRM_PAYMENTS)
def confirm_transfer(
    request: StoreRequest, store: str, public_id: UUID
) -> HttpResponse:
    """The money is on the account: what was asked for, or another amount."""
    payment = access.access_payment(
        request.member, public_id, to=Permission.CONFIRM_PAYMENTS
    )
    typed = request.POST.get("received")
    with refusals_as_messages(request):
        received = None if typed is None else read_amount(typed, field="received")
        number = _read_number(request.POST.get("number", "1"))
        done = settlement.confirm_transfer(
            actor=request.member,
            payment=payment,
            received=received,
            number=number,
            now=clock.now(),
        )
        messages.success(request, _told(done, received))
    return _back(store, payment)


@require_POST
@store_page(Permission.CONFIRM_PAYMENTS)
def reject_transfer(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The money did not come."""
    payment = access.access_payment(
        request.member, public_id, to=Permission.CONFIRM_PAYMENTS
    )
    with refusals_as_messages(request):
        settlement.reject_transfer(
            actor=request.member,
            payment=payment,
            reason=request.POST.get("reason", "").strip()[:200],
            now=clock.now(),
        )
        messages.success(request, _rejected(payment))
    return _back(store, payment)


def _rejected(payment: Payment) -> str:
    if payment.order is None:  # an unpaid top-up ends in silence
        return _("Noted that no money came in. Buyers get no message about a top-up.")
    return _("The buyer is told that no money came in.")


def _read_number(text: str) -> int:
    """Which transfer of the payment the form is about; 0 fits none."""
    return read_number(text, most=MOST_TRANSFERS) or 0


def _told(payment: Payment, received: int | None) -> str:
    """What became of the transfer that was confirmed last."""
    receipt = payment.receipts.order_by("-pk").first()
    money: UnmatchedMoney | None = payment.unmatched.filter(
        event_key=receipt.key if receipt else ""
    ).first()
    if money is None:
        if payment.order is None:
            return _("Confirmed. The buyer's balance was topped up.")
        return _("Payment for %(order)s confirmed. The goods are being delivered.") % {
            "order": payment.subject
        }
    facts = {
        "received": rupiah(received or payment.amount),
        "rest": rupiah(money.amount),
        "order": payment.subject,
    }
    order = _waits_for_rest(money)
    if order is not None:
        missing = instalments.missing_of(order)
        return _(
            "Written down: %(received)s. %(missing)s are missing; %(order)s is paid as "
            "soon as they come."
        ) % {**facts, "missing": rupiah(missing)}
    if money.amount < (received or payment.amount):
        sentence = _("%(order)s is paid. The %(rest)s too much belong to the buyer.")
        if money.needs_second_person:
            sentence += " " + _(
                "A second person decides about them in the money queue."
            )
        return sentence % facts
    if money.status == UnmatchedStatus.CREDITED:
        return (
            _(
                "Written down: %(received)s. It does not fit %(order)s and is on the "
                "buyer's balance now."
            )
            % facts
        )
    return (
        _(
            "Written down: %(received)s. It does not fit %(order)s and waits here for "
            "your decision."
        )
        % facts
    )


def _waits_for_rest(money: UnmatchedMoney) -> Order | None:
    """The order of which this money is a part, while it waits for the rest."""
    found = money.payment.order
    is_part = (
        found is not None
        and found.status == OrderStatus.AWAITING_PAYMENT
        and money.reason == UnmatchedReason.UNDERPAID
    )
    return found if is_part else None


def _back(store: str, payment: Payment) -> HttpResponse:
    if payment.order is None:  # a deposit has no page of its own
        return redirect("payments:queue", store)
    return redirect("payments:order", store, payment.order.public_id)


def _can_be_confirmed(payment: Payment) -> str:
    """“open” while a transfer is waited for, “late” when it may still come in.

    “again” when one came, and further ones may.
    """
    if payment.method.gateway != MANUAL:
        return ""
    if payment.status in OPEN_PAYMENTS:
        return "open"
    return "again" if payment.receipts.all() else "late"


def _label(event: OrderEvent) -> str:
    """What happened, in words: where the order went, or what changed where it was."""
    if event.source == event.target:
        return _("Quantity changed: %(change)s") % {"change": event.reason}
    return str(OrderStatus(event.target).label)


def _actors(payments: list[Payment], events: list[OrderEvent]) -> set[str]:
    """Everybody an order's page speaks of."""
    receipts = (receipt for payment in payments for receipt in payment.receipts.all())
    return {event.actor for event in events} | {each.recorded_by for each in receipts}
