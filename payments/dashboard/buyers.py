"""Who holds what without having paid, and buyers whom the store blocks."""

from itertools import groupby
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from payments import access, selectors
from payments.models import Order
from payments.states import OPEN_PAYMENTS
from ppob.kit import clock
from ppob.kit.numbers import read_number
from ppob.kit.pages import (
    read_position,
    read_search,
    refusals_as_messages,
    render_live,
)
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission
from tenants.services import customers

PAGE = 50


@require_safe
@store_page(Permission.SEE_ORDERS)
def holds(request: StoreRequest, store: str) -> HttpResponse:
    """Unpaid orders by buyer: what each keeps from the others, and until when."""
    search = read_search(request)
    after = _read_key(request.GET.get("sesudah", ""))
    found = selectors.waiting_orders(search=search, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    used = selectors.holdings([order.customer_id for order in shown])
    context = {
        "buyers": [
            (buyer, used.get(buyer.pk), [(order, _way(order)) for order in orders])
            for buyer, orders in groupby(shown, key=lambda order: order.customer)
        ],
        "next": f"{shown[-1].customer_id}-{shown[-1].pk}"
        if len(found) > PAGE
        else None,
        "is_first_page": after is None,
        "search": search,
        "section": "orders",
    }
    return render_live(request, "payments/holds.html", "payments/_holds.html", context)


@require_safe
@store_page(Permission.SEE_ORDERS)
def blocked_buyers(request: StoreRequest, store: str) -> HttpResponse:
    """Whom the store deals with no longer, the newest buyers first."""
    before = read_position(request)
    found = selectors.blocked_buyers(before=before, limit=PAGE + 1)
    context = {
        "buyers": found[:PAGE],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "is_first_page": before is None,
        "section": "orders",
    }
    return render_live(
        request,
        "payments/blocked_buyers.html",
        "payments/_blocked_buyers.html",
        context,
    )


@require_POST
@store_page(Permission.BLOCK_BUYERS)
def block_buyer(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """No more orders and top-ups from this buyer."""
    buyer = access.access_customer(
        request.member, public_id, to=Permission.BLOCK_BUYERS
    )
    with refusals_as_messages(request):
        customers.block(
            actor=request.member,
            customer=buyer,
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
        messages.success(
            request,
            _(
                "%(buyer)s is blocked. Unpaid orders run out by themselves, or you "
                "cancel them."
            )
            % {"buyer": buyer},
        )
    return redirect("payments:wallet", store, public_id)


@require_POST
@store_page(Permission.BLOCK_BUYERS)
def unblock_buyer(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The buyer may order again."""
    buyer = access.access_customer(
        request.member, public_id, to=Permission.BLOCK_BUYERS
    )
    with refusals_as_messages(request):
        customers.unblock(actor=request.member, customer=buyer, now=clock.now())
        messages.success(request, _("%(buyer)s may order again.") % {"buyer": buyer})
    return redirect("payments:wallet", store, public_id)


@require_POST
@store_page(Permission.EDIT_CATALOG)
def change_tier(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Other prices for this buyer, from their next order on."""
    buyer = access.access_customer(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    with refusals_as_messages(request):
        customers.change_tier(
            actor=request.member,
            customer=buyer,
            tier=request.POST.get("tier", ""),
            seen=request.POST.get("seen", ""),
            now=clock.now(),
        )
        messages.success(
            request,
            _("%(buyer)s pays the prices for %(tier)s from the next order on.")
            % {"buyer": buyer, "tier": buyer.get_tier_display()},
        )
    return redirect("payments:wallet", store, public_id)


def _way(order: Order) -> str:
    """The way to pay that the order waits for, if one was chosen."""
    shown = [
        payment
        for payment in order.payments.all()
        if payment.status in OPEN_PAYMENTS and not payment.from_balance
    ]
    return shown[0].method.name if shown else ""


def _read_key(text: str) -> tuple[int, int] | None:
    """Buyer and order of the last row that was shown, from the address."""
    left, _dash, right = text.partition("-")
    buyer, order = read_number(left), read_number(right)
    return None if buyer is None or order is None else (buyer, order)
