"""Orders: the list, one order, and confirming transfers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from payments import access, selectors
from payments.models import Payment
from payments.services import checkout, settlement
from payments.services.connect import is_automatic
from payments.states import OPEN_PAYMENTS, OrderStatus
from ppob.kit import clock
from ppob.kit.pages import refusals_as_messages, render_live
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

PAGE = 50
FILTERS = (
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.PAID,
    OrderStatus.DELIVERED,
    OrderStatus.COMPLETED,
    OrderStatus.EXPIRED,
    OrderStatus.CANCELLED,
)


@require_safe
@store_page(Permission.SEE_ORDERS)
def orders(request: StoreRequest, store: str) -> HttpResponse:
    """All orders, newest first, fifty at a time."""
    status = request.GET.get("status", "")
    status = status if status in OrderStatus.values else ""
    search = request.GET.get("cari", "").strip()[:60]
    before = request.GET.get("sebelum", "")
    found = selectors.order_page(
        status=status,
        search=search,
        before=int(before) if before.isdecimal() else None,
        limit=PAGE + 1,
    )
    context = {
        "orders": found[:PAGE],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "is_first_page": not before,
        "status": status,
        "search": search,
        "filters": FILTERS,
        "transfers": selectors.transfers_to_confirm() if not before else [],
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
    context = {
        "order": details,
        "payments": [
            (payment, _awaits_confirmation(payment))
            for payment in details.payments.all()
        ],
        "events": [
            (event, OrderStatus(event.target).label) for event in details.events.all()
        ],
        "first_revealed_at": selectors.first_revealed([details.pk]).get(details.pk),
        "section": "orders",
    }
    return render_live(request, "payments/order.html", "payments/_order.html", context)


@require_POST
@store_page(Permission.CONFIRM_PAYMENTS)
def cancel_order(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """End an order nobody has paid; its codes are free again."""
    found = access.access_order(
        request.member, public_id, to=Permission.CONFIRM_PAYMENTS
    )
    with refusals_as_messages(request):
        checkout.cancel_order(
            order_id=found.pk, actor=request.member.actor, now=clock.now()
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
    """The money is on the account."""
    payment = access.access_payment(
        request.member, public_id, to=Permission.CONFIRM_PAYMENTS
    )
    with refusals_as_messages(request):
        settlement.confirm_transfer(
            member=request.member, payment=payment, now=clock.now()
        )
        messages.success(
            request,
            _("Payment for %(order)s confirmed. The codes are being delivered.")
            % {"order": payment.subject},
        )
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
            member=request.member,
            payment=payment,
            reason=request.POST.get("reason", "").strip()[:200],
            now=clock.now(),
        )
        messages.success(request, _("The buyer is told that no money came in."))
    return _back(store, payment)


def _back(store: str, payment: Payment) -> HttpResponse:
    if payment.order is None:  # a deposit has no page of its own
        return redirect("payments:orders", store)
    return redirect("payments:order", store, payment.order.public_id)


def _awaits_confirmation(payment: Payment) -> bool:
    return payment.status in OPEN_PAYMENTS and not is_automatic(payment.method)
