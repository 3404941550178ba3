"""A product's codes, masked: finding them, and keeping them from being sold."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from catalog import access as catalog
from catalog.models import Product
from inventory import access, selectors
from inventory.codes.index import keys_of
from inventory.codes.normal import masked
from inventory.codes.table import MAX_CODE_LENGTH
from inventory.dashboard.forms import ReasonForm
from inventory.models import StockBatch, StockItem
from inventory.services import withdrawals
from inventory.services.withdrawals import Restored
from inventory.states import ItemStatus
from ppob.kit import clock
from ppob.kit.pages import read_position, refusals_as_messages, refusals_at
from security import crypto
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

PAGE = 50


@dataclass(frozen=True)
class CodeRow:
    """One code as lists show it."""

    item: StockItem
    mask: str

    @property
    def is_unsold(self) -> bool:
        """Whether it is nobody's yet, so that it may be opened."""
        return self.item.holder is None


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_STOCK)
def codes(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The product's codes by status and upload; posting a code looks for it.

    A code that is looked for never stands in an address: those are logged.
    """
    product = catalog.access_product(
        request.member, public_id, to=Permission.EDIT_STOCK
    )
    context = {
        "product": product,
        "statuses": ItemStatus,
        "section": "products",
        **(
            _found(request, product)
            if request.method == "POST"
            else _listed(request, product)
        ),
    }
    return render(request, "inventory/codes.html", context)


@require_POST
@store_page(Permission.EDIT_STOCK)
def change_codes(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Put the ticked codes into quarantine, back, or out of stock."""
    product = catalog.access_product(
        request.member, public_id, to=Permission.EDIT_STOCK
    )
    with refusals_as_messages(request):
        messages.success(request, _change(request, product))
    query = request.POST.get("query", "")
    back = reverse("inventory:codes", args=[store, public_id])
    return redirect(f"{back}?{query}" if query.isascii() else back)


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.REVEAL_CODES, fresh=True)
def reveal_code(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Ask for the reason, then show the code in this one answer and nowhere else."""
    item = access.access_item(request.member, public_id, to=Permission.REVEAL_CODES)
    form = ReasonForm(request.POST or None)
    code = None
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            code = withdrawals.reveal_item(
                actor=request.member,
                item=item,
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
    context = {
        "item": item,
        "product": item.product,
        "form": form,
        "code": code,
        "section": "products",
    }
    return render(request, "inventory/reveal_code.html", context)


def _listed(request: StoreRequest, product: Product) -> dict[str, object]:
    status = request.GET.get("status", "")
    before = read_position(request)
    batch = _batch(request, product)
    found = selectors.list_items(
        product,
        status=ItemStatus(status) if status in ItemStatus.values else None,
        batch=batch,
        before=before,
        limit=PAGE + 1,
    )
    return {
        "rows": [_row(item) for item in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "is_first_page": before is None,
        "status": status if status in ItemStatus.values else "",
        "batch": batch,
        "query": request.GET.urlencode(),
    }


def _found(request: StoreRequest, product: Product) -> dict[str, object]:
    """The code wherever in the store it lies; the answer does not repeat it."""
    code = request.POST.get("code", "")[:MAX_CODE_LENGTH]
    items = (
        selectors.find_items(keys_of(product.tenant_id, code)) if code.strip() else []
    )
    return {
        "rows": [_row(item) for item in items],
        "is_search": True,
        "is_first_page": True,
        "status": "",
        "query": "",
    }


def _batch(request: StoreRequest, product: Product) -> StockBatch | None:
    text = request.GET.get("unggah", "")
    try:
        public_id = UUID(text)
    except ValueError:
        return None
    batch = access.access_batch(request.member, public_id, to=Permission.EDIT_STOCK)
    return batch if batch.product_id == product.pk else None


def _row(item: StockItem) -> CodeRow:
    try:
        return CodeRow(item, masked(item.code.reveal()))
    except crypto.CannotOpen:
        return CodeRow(item, "••••")


def _change(request: StoreRequest, product: Product) -> str:
    member, now = request.member, clock.now()
    items, reason = _read_ids(request), request.POST.get("reason", "")
    match request.POST.get("do"):
        case "quarantine":
            count = withdrawals.quarantine_items(
                actor=member, product=product, item_ids=items, reason=reason, now=now
            )
            return ngettext(
                "%(count)d code is in quarantine and not for sale.",
                "%(count)d codes are in quarantine and not for sale.",
                count,
            ) % {"count": count}
        case "restore":
            return _restored(
                withdrawals.restore_items(
                    actor=member, product=product, item_ids=items, now=now
                )
            )
        case "withdraw":
            count = withdrawals.withdraw_items(
                actor=member, product=product, item_ids=items, reason=reason, now=now
            )
            return ngettext(
                "%(count)d code was taken out of stock.",
                "%(count)d codes were taken out of stock.",
                count,
            ) % {"count": count}
        case _:
            return _("Nothing was changed.")


def _restored(result: Restored) -> str:
    told = ngettext(
        "%(count)d code is for sale again.",
        "%(count)d codes are for sale again.",
        result.restored,
    ) % {"count": result.restored}
    if not result.twins:
        return told
    left = ngettext(
        "%(count)d stays: the same code is in stock or was sold.",
        "%(count)d stay: the same codes are in stock or were sold.",
        result.twins,
    ) % {"count": result.twins}
    return f"{told} {left}"


def _read_ids(request: HttpRequest) -> list[UUID]:
    ids: list[UUID] = []
    for text in request.POST.getlist("items")[:500]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids
