"""Suppliers: connecting them, what they sell, and which of it the store sells."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from inventory import access, figures, selectors
from inventory.dashboard.supplier_forms import (
    ImportForm,
    MapForm,
    SupplierForm,
    SupplierKeysForm,
)
from inventory.figures import Success
from inventory.forecast import Forecast
from inventory.models import SupplierAccount, SupplierProduct
from inventory.selectors import GoodsFilter
from inventory.services import (
    breaker,
    deposit_forecast,
    deposits,
    price_sync,
    purchase_routes,
    supplier_accounts,
    supplier_products,
)
from inventory.services.supplier_clients import callback_url
from inventory.services.supplier_products import ImportDraft
from inventory.suppliers import registry
from inventory.suppliers.base import Mode, SupplierSpec
from ppob.kit import clock, jobs
from ppob.kit.numbers import read_number
from ppob.kit.pages import (
    read_position,
    read_search,
    refusals_as_messages,
    refusals_at,
    render_live,
)
from ppob.kit.provider_forms import find_offered
from ppob.kit.providers import modes_of
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

LIST, PAGE = "inventory:suppliers", "inventory:supplier"
LINES = 50
LOOK_BACK = timedelta(days=1)


@dataclass(frozen=True)
class SupplierRow:
    """An account, how purchases there ended within a day, and how long it lasts."""

    account: SupplierAccount
    rate: Success | None
    forecast: Forecast | None


@dataclass(frozen=True)
class GoodsRow:
    """One line of a price list, and what the store earns with it (rupiah).

    What is `unsellable` says why (a sentence); it is "" for all others. Where suppliers
    are simulated, a bill can be tried out with the number `trial`.
    """

    option: SupplierProduct
    unsellable: str
    trial: str = ""

    @property
    def profit(self) -> int | None:
        """What one sale leaves; None for what the store does not sell."""
        product = self.option.product
        return product.price - self.option.cost if product else None


@require_safe
@store_page(Permission.SEE_COSTS)
def supplier_list(request: StoreRequest, store: str) -> HttpResponse:
    """The accounts at suppliers, in the order in which they are tried."""
    now = clock.now()
    since = now - LOOK_BACK
    rates = figures.success_of_accounts(since=since)
    accounts = selectors.list_suppliers()
    lasting = deposit_forecast.forecast_deposits(accounts, now=now)
    context = {
        "suppliers": [
            SupplierRow(account, rates.get(account.pk), lasting.get(account.pk))
            for account in accounts
        ],
        "diverted": figures.diverted(since=since),
        "offered": [spec for spec in registry.specs() if _modes(spec)],
        "section": "suppliers",
    }
    return render_live(
        request, "inventory/suppliers.html", "inventory/_suppliers.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_PAYMENTS, fresh=True)
def connect_supplier(request: StoreRequest, store: str, code: str) -> HttpResponse:
    """An account at a supplier; it is tried out before anything is kept."""
    spec, modes = find_offered(registry.specs(), code, _modes)
    form = SupplierForm(request.POST or None, spec=spec, modes=modes)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            account = supplier_accounts.connect_account(
                actor=request.member, draft=form.draft(), now=clock.now()
            )
        if not form.errors:
            _tell_connected(request, account)
            return redirect(PAGE, store, account.public_id)
    context = {
        "form": form,
        "spec": spec,
        "address": settings.OUTGOING_ADDRESS,
        "trial": _trial_keys(request, spec),
        "section": "suppliers",
    }
    return render(request, "inventory/connect_supplier.html", context)


@require_safe
@store_page(Permission.SEE_COSTS)
def supplier(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """One supplier: its deposit, its address for reports, and what it sells."""
    account = access.access_supplier_account(
        request.member, public_id, to=Permission.SEE_COSTS
    )
    wanted = _read_filter(request)
    found = selectors.list_goods(
        account, wanted, after=read_position(request), limit=LINES + 1
    )
    rows = [_row_of(option, account) for option in found[:LINES]]
    lasting = deposit_forecast.forecast_deposits([account], now=clock.now())
    context = {
        "account": account,
        "forecast": lasting.get(account.pk),
        "rows": rows,
        "wanted": wanted,
        "brands": selectors.brands_of(account),
        "older": found[LINES - 1].pk if len(found) > LINES else None,
        "is_first_page": read_position(request) is None,
        "callback_url": callback_url(account),
        "breaker_events": selectors.list_breaker_events(account),
        "form": ImportForm(),
        "section": "suppliers",
    }
    return render_live(
        request, "inventory/supplier.html", "inventory/_supplier.html", context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_PAYMENTS, fresh=True)
def change_supplier_keys(
    request: StoreRequest, store: str, public_id: UUID
) -> HttpResponse:
    """New keys of the same account; the old ones are used until these work."""
    account = access.access_supplier_account(
        request.member, public_id, to=Permission.EDIT_PAYMENTS
    )
    spec = registry.spec_of(account.kind)
    form = SupplierKeysForm(request.POST or None, spec=spec)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            supplier_accounts.rotate_keys(
                actor=request.member,
                account=account,
                keys=form.keys(),
                now=clock.now(),
            )
        if not form.errors:
            messages.success(request, _("The new keys work and are in use."))
            return redirect(PAGE, store, account.public_id)
    context = {"form": form, "account": account, "section": "suppliers"}
    return render(request, "inventory/supplier_keys.html", context)


@require_POST
@store_page(Permission.EDIT_PAYMENTS, fresh=True)
def switch_supplier(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Use a supplier for new purchases, or no longer; or try it first or last."""
    account = access.access_supplier_account(
        request.member, public_id, to=Permission.EDIT_PAYMENTS
    )
    deed, now = request.POST.get("do", ""), clock.now()
    with refusals_as_messages(request):
        if deed in ("on", "off"):
            supplier_accounts.switch_account(
                actor=request.member, account=account, is_active=deed == "on", now=now
            )
        elif deed in ("first", "last"):
            supplier_accounts.place_account(
                actor=request.member,
                account=account,
                is_first=deed == "first",
                now=now,
            )
    return redirect(LIST, store)


@require_POST
@store_page(Permission.SEE_COSTS)
def read_supplier(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Ask the supplier now what the deposit is, and for its price list if it may be."""
    account = access.access_supplier_account(
        request.member, public_id, to=Permission.SEE_COSTS
    )
    now = clock.now()
    breaker.ask_at_once(account, now=now)
    if deposits.read_deposit(account_id=account.pk, now=now):
        messages.success(request, _("The deposit was read just now."))
    else:
        messages.warning(request, _("The supplier did not say what the deposit is."))
    if account.tells_prices and price_sync.may_ask(account, now=now):
        jobs.enqueue(
            "inventory.sync_prices",
            tenant_id=account.tenant_id,
            account_id=account.pk,
        )
        messages.info(request, _("The price list is being read; it appears by itself."))
    return redirect(PAGE, store, account.public_id)


@require_POST
@store_page(Permission.EDIT_CATALOG)
def import_goods(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Sell the ticked goods, with a margin on their cost."""
    account = access.access_supplier_account(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    ticked = map(read_number, request.POST.getlist("goods"))
    chosen = [pk for pk in ticked if pk is not None]
    form = ImportForm(request.POST)
    # Back to the lines that were looked at.
    place = reverse(PAGE, args=[store, account.public_id])
    place += f"?{request.GET.urlencode()}" if request.GET else ""
    if not form.is_valid():
        wrong_fee = _("The fee for a bill is at least Rp 1.")
        wrong_margin = _("The margin is from 0 to 500 per cent.")
        messages.error(request, wrong_fee if "fee" in form.errors else wrong_margin)
        return redirect(place)
    with refusals_as_messages(request):
        added = supplier_products.import_products(
            actor=request.member,
            draft=ImportDraft(
                option_ids=chosen,
                percent=form.cleaned_data["percent"],
                fee=form.cleaned_data["fee"],
                is_visible=form.cleaned_data["is_visible"],
            ),
            now=clock.now(),
        )
        sentence = ngettext(
            "%(count)d product is for sale now.",
            "%(count)d products are for sale now.",
            len(added),
        )
        messages.success(request, sentence % {"count": len(added)})
    return redirect(place)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_CATALOG)
def map_goods(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Say which product of the store one line of a price list is."""
    option = access.access_supplier_product(
        request.member, public_id, to=Permission.EDIT_CATALOG
    )
    form = MapForm(request.POST or None, option=option)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            supplier_products.map_product(
                actor=request.member,
                option=option,
                product=form.chosen(),
                draft=form.draft(),
                now=clock.now(),
                seen=form.seen,
            )
        if not form.errors:
            messages.success(request, _("The settings were saved."))
            return redirect(PAGE, store, option.account.public_id)
    context = {"form": form, "option": option, "section": "suppliers"}
    return render(request, "inventory/map_goods.html", context)


def _row_of(option: SupplierProduct, account: SupplierAccount) -> GoodsRow:
    missing = purchase_routes.bill_input(option, account.kind)
    why = "" if missing is None else str(missing.label)
    if not (settings.IS_SIMULATED and option.is_bill):
        return GoodsRow(option, why)
    numbers = registry.spec_of(account.kind).trial_numbers
    return GoodsRow(option, why, trial=numbers.get(option.sku, ""))


def _tell_connected(request: StoreRequest, account: SupplierAccount) -> None:
    if account.tells_prices:
        sentence = _("Connected. The price list is being read; it appears by itself.")
    else:
        sentence = _("Connected. Now enter what you sell from there.")
    messages.success(request, sentence)
    if account.deposit == 0:
        messages.warning(
            request, _("The deposit there is Rp 0: fill it up before you sell.")
        )


def _trial_keys(request: StoreRequest, spec: SupplierSpec) -> list[tuple[str, str]]:
    """What opens the supplier's simulator, where everything is simulated."""
    if not settings.IS_SIMULATED or not spec.demo_keys:
        return []
    keys = spec.demo_keys.get(request.tenant.slug)
    keys = keys or next(iter(spec.demo_keys.values()))
    return [(key.label, keys[key.name]) for key in spec.keys if key.name in keys]


def _modes(spec: SupplierSpec) -> list[Mode]:
    return modes_of(spec, is_simulated=settings.IS_SIMULATED)


def _read_filter(request: StoreRequest) -> GoodsFilter:
    sold = {"ya": True, "belum": False}
    return GoodsFilter(
        search=read_search(request, longest=80),
        brand=request.GET.get("merek", "").strip()[:60],
        is_mapped=sold.get(request.GET.get("dijual", "")),
    )
