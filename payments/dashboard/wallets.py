"""Buyers' balances, one buyer's statement, and the store's money rules."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from payments import access, selectors
from payments.dashboard.money_forms import PolicyForm
from payments.services.ledger import policy, wallets
from payments.services.ledger.wallets import StatementLine
from payments.services.orders import buyer_prices
from ppob.kit import clock
from ppob.kit.numbers import read_number
from ppob.kit.pages import read_position, read_search, refusals_at, render_live
from ppob.kit.versions import version_of
from tenants import selectors as tenants
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission
from tenants.services import customers
from tenants.states import CustomerTier

PAGE = 50

GREW: dict[str, Promise] = {
    "settled": gettext_lazy("Top-up or transfer code"),
    "credited": gettext_lazy("Odd payment added"),
    "recredited": gettext_lazy("Odd payment added"),
    "applied": gettext_lazy("What was over of a payment"),
    "released": gettext_lazy("Set aside, given back"),
    "refund": gettext_lazy("Refund"),
    "paid_out": gettext_lazy("Refund"),
    "reversed": gettext_lazy("Given back, payment was taken back"),
}
SHRANK: dict[str, Promise] = {
    "settled": gettext_lazy("Paid for an order"),
    "reserved": gettext_lazy("Set aside for an order"),
    "asked_back": gettext_lazy("Buyer wants it back at its source"),
    "unmatched": gettext_lazy("Buyer wants the balance back"),
    "reversed": gettext_lazy("Taken back by the payment provider"),
}
OTHER = gettext_lazy("Correction")


@dataclass(frozen=True)
class ShownLine:
    """One line of a statement, what it was, and the order it is about."""

    line: StatementLine
    label: str | Promise
    order: UUID | None


@require_safe
@store_page(Permission.SEE_ORDERS)
def wallet_list(request: StoreRequest, store: str) -> HttpResponse:
    """Who has how much, the largest balance first."""
    search = read_search(request)
    before = _read_key(request.GET.get("sebelum", ""))
    found = selectors.wallet_page(search=search, before=before, limit=PAGE + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    context = {
        "accounts": found[:PAGE],
        "older": f"{last.balance}-{last.pk}" if last else None,
        "is_first_page": before is None,
        "search": search,
        "total": selectors.wallet_total(),
        "policy": policy.find_policy(),
        "section": "money",
        "tab": "wallets",
    }
    return render_live(
        request, "payments/wallets.html", "payments/_wallets.html", context
    )


@require_safe
@store_page(Permission.SEE_ORDERS)
def wallet(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """One buyer's balance and everything that changed it."""
    customer = access.access_customer(
        request.member, public_id, to=Permission.SEE_ORDERS
    )
    before = read_position(request)
    lines = wallets.statement(
        customer,
        limit=PAGE + 1,
        before=before,
    )
    now_there = wallets.wallet_of(customer)
    deposits = selectors.deposits_of(customer) if before is None else []
    context = {
        "customer": customer,
        "wallet": now_there,
        "tiers": CustomerTier,
        "tier_version": version_of(customers.facts_of(customer)),
        "bought": buyer_prices.paid_volume(customer, now=clock.now()),
        "held": now_there.reserved + now_there.held,
        "lines": _show(lines[:PAGE]),
        "older": lines[PAGE - 1].pk if len(lines) > PAGE else None,
        "is_first_page": before is None,
        "deposits": deposits,
        "people": tenants.staff_names(
            receipt.recorded_by
            for deposit in deposits
            for payment in deposit.payments.all()
            for receipt in payment.receipts.all()
        ),
        "section": "money",
        "tab": "wallets",
    }
    return render_live(
        request, "payments/wallet.html", "payments/_wallet.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_PAYMENTS, fresh=True)
def change_policy(request: StoreRequest, store: str) -> HttpResponse:
    """The store's limits for other people's money."""
    now, known = clock.now(), policy.find_policy()
    form = PolicyForm(request.POST or None, policy=known)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            policy.change_policy(
                actor=request.member, draft=form.draft(), seen=form.seen, now=now
            )
        if not form.errors:
            messages.success(request, _("The settings were saved."))
            return redirect("payments:policy", store)
    waits = known.raised_from is not None and known.raised_from > now
    context = {
        "form": form,
        "limits": policy.approval_limits(now=now),
        "raised_from": known.raised_from if waits else None,
        "section": "money",
        "tab": "policy",
    }
    return render(request, "payments/policy.html", context)


def _show(lines: list[StatementLine]) -> list[ShownLine]:
    addresses = selectors.order_addresses(
        [line.order_id for line in lines if line.order_id]
    )
    return [
        ShownLine(
            line=line,
            label=(GREW if line.amount > 0 else SHRANK).get(line.kind, OTHER),
            order=addresses.get(line.order_id) if line.order_id else None,
        )
        for line in lines
    ]


def _read_key(text: str) -> tuple[int, int] | None:
    """Balance and id of the last row that was shown, from the address."""
    left, _dash, right = text.partition("-")
    balance, pk = read_number(left), read_number(right)
    return None if balance is None or pk is None else (balance, pk)
