"""A buyer's own page about one order: how it stands, its money, and its codes.

For whoever cannot be reached in Discord any more. Whoever is not signed in reads the
same for every address; anybody but the buyer learns nothing about the order.
"""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from inventory.services import bills
from payments import purchase_links, selectors
from payments.handed import handed_of
from payments.models import Order
from payments.services.orders import delivery, unreached
from ppob.kit import clock
from ppob.kit.db import unit_of_work
from ppob.kit.scope import tenant_scope


@require_http_methods(["GET", "HEAD", "POST"])
def purchase(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in as the buyer, read how the order stands, and open its codes."""
    tenant_id, public_id = purchase_links.read_token(token)
    if not request.user.is_authenticated:
        return render(request, "payments/purchase_sign_in.html")
    with tenant_scope(tenant_id):
        order = selectors.find_purchase(
            public_id, discord_id=getattr(request.user, "discord_id", None)
        )
        if order is None:
            return render(request, "payments/purchase_of_other.html", status=403)
        return _show(request, order)


def _show(request: HttpRequest, order: Order) -> HttpResponse:
    """The page; a press on the button adds the codes to this one answer."""
    now = clock.now()
    codes = None
    if request.method == "POST":
        codes = delivery.reveal_codes(
            customer=order.customer, order_id=order.pk, now=now
        )
    elif request.method == "GET":
        with unit_of_work("payments.note_purchase_read"):
            unreached.note_read(order, now=now)
    details = selectors.order_details(order)
    lines = details.lines.all()
    context = {
        "order": details,
        "store": order.tenant,
        "codes": codes,
        "receipts": list(
            bills.receipts_of([line.public_id for line in lines]).values()
        ),
        "handed": handed_of(line.kind for line in lines),
        "payments": details.payments.all(),
        "first_revealed_at": selectors.first_revealed([order.pk]).get(order.pk),
    }
    with timezone.override(ZoneInfo(order.tenant.time_zone)):
        return render(request, "payments/purchase.html", context)
