"""What came in and went back for each order, from the books."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from payments import figures
from payments.figures import OrderMoney
from ppob.kit.pages import read_position, render_live
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

PAGE = 50


@require_safe
@store_page(Permission.SEE_ORDERS)
def books(request: StoreRequest, store: str) -> HttpResponse:
    """Orders that were paid, newest first, with what is left for the store."""
    before = read_position(request)
    found = figures.paid_orders(before=before, limit=PAGE + 1)
    money = figures.money_of([order.pk for order in found[:PAGE]])
    context = {
        "rows": [(order, money.get(order.pk, OrderMoney())) for order in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "is_first_page": before is None,
        "section": "money",
        "tab": "books",
    }
    return render_live(request, "payments/books.html", "payments/_books.html", context)
