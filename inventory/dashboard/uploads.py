"""An upload before it is kept, and what has become of it since."""

from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from inventory import access, selectors
from inventory.codes.judging import WHOLE_LINE, Problem
from inventory.codes.table import Table
from inventory.dashboard.forms import ReasonForm
from inventory.models import StockBatch
from inventory.services import drafts, withdrawals
from inventory.services.drafts import DraftGone
from inventory.services.withdrawals import Withdrawn
from inventory.states import ItemStatus
from ppob.kit import clock
from ppob.kit.numbers import MOST_COUNTED, read_number
from ppob.kit.pages import is_fragment, refusals_as_messages
from tenants import selectors as tenants
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

SAMPLES, SAMPLE_LENGTH = 3, 40


@dataclass(frozen=True)
class Column:
    """A column that may hold the codes, with some of what stands in it."""

    value: int
    number: int
    samples: tuple[str, ...]


@dataclass(frozen=True)
class BatchRow:
    """An upload and where its codes stand now."""

    batch: StockBatch
    free: int
    held: int
    sold: int
    quarantined: int
    withdrawn: int

    @property
    def unsold(self) -> int:
        """How many codes a withdrawal would take out."""
        return self.free + self.quarantined


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.EDIT_STOCK)
def draft(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """What would be stored of an upload; its uploader chooses what is."""
    now = clock.now()
    found = drafts.find_draft(request.member, public_id, now=now)
    if found is None:
        return _gone(request)
    if request.method == "POST":
        with refusals_as_messages(request):
            drafts.choose(
                actor=request.member,
                public_id=public_id,
                column=_read_column(request),
                included=_read_problems(request),
                now=now,
            )
        return redirect("inventory:draft", store, public_id)
    preview = drafts.look(found)
    context = {
        "draft": found,
        "product": found.product,
        "preview": preview,
        "columns": _columns(preview.table),
        "whole_line": WHOLE_LINE,
        "section": "products",
    }
    return render(request, "inventory/draft.html", context)


@require_POST
@store_page(Permission.EDIT_STOCK)
def keep_draft(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Put into stock what the page has shown."""
    now = clock.now()
    if drafts.find_draft(request.member, public_id, now=now) is None:
        return _gone(request)
    revision = request.POST.get("revision", "")
    with refusals_as_messages(request):
        report = drafts.keep(
            actor=request.member,
            public_id=public_id,
            revision=read_number(revision, most=MOST_COUNTED) or 0,
            now=now,
        )
        messages.success(request, _kept(report.added))
        return redirect("inventory:batch", store, report.batch_id)
    return redirect("inventory:draft", store, public_id)


@require_POST
@store_page(Permission.EDIT_STOCK)
def discard_draft(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Throw the upload away: nothing of it was stored."""
    found = drafts.find_draft(request.member, public_id, now=clock.now())
    if found is None:
        return _gone(request)
    drafts.discard(actor=request.member, public_id=public_id)
    messages.success(request, _("The upload was thrown away. Nothing was stored."))
    return redirect("inventory:stock", store, found.product.public_id)


@require_safe
@store_page(Permission.EDIT_STOCK)
def batch(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """One upload: where its codes stand, and withdrawing it."""
    found = access.access_batch(request.member, public_id, to=Permission.EDIT_STOCK)
    [row] = batch_rows([found])
    context = {
        "row": row,
        "batch": found,
        "people": tenants.staff_names([found.actor]),
        "product": found.product,
        "form": ReasonForm(),
        "section": "products",
    }
    template = "_batch.html" if is_fragment(request) else "batch.html"
    return render(request, f"inventory/{template}", context)


@require_POST
@store_page(Permission.EDIT_STOCK)
def withdraw_batch(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Take what is unsold of an upload out of stock."""
    found = access.access_batch(request.member, public_id, to=Permission.EDIT_STOCK)
    with refusals_as_messages(request):
        result = withdrawals.withdraw_batch(
            actor=request.member,
            batch=found,
            reason=request.POST.get("reason", ""),
            now=clock.now(),
        )
        messages.success(request, _withdrawn(result))
    return redirect("inventory:batch", store, public_id)


def batch_rows(batches: list[StockBatch]) -> list[BatchRow]:
    """Uploads with where their codes stand now."""
    counts = selectors.count_by_status(batches) if batches else {}
    return [
        BatchRow(
            found,
            free=counts[found.pk].get(ItemStatus.FREE, 0),
            held=counts[found.pk].get(ItemStatus.HELD, 0),
            sold=counts[found.pk].get(ItemStatus.SOLD, 0),
            quarantined=counts[found.pk].get(ItemStatus.QUARANTINED, 0),
            withdrawn=counts[found.pk].get(ItemStatus.VOID, 0),
        )
        for found in batches
    ]


def _gone(request: StoreRequest) -> HttpResponse:
    """The same for uploads that were kept, are too old or are somebody else's."""
    context = {"refusal": DraftGone(), "section": "products"}
    return render(request, "inventory/draft_gone.html", context, status=404)


def _columns(table: Table) -> list[Column]:
    """The columns to choose from; none where there is no choice."""
    if table.width < 2:
        return []
    return [
        Column(column, column + 1, tuple(_samples(table, column)))
        for column in range(table.width)
    ]


def _samples(table: Table, column: int) -> list[str]:
    filled = (
        row.cells[column]
        for row in table.rows
        if column < len(row.cells) and row.cells[column]
    )
    return [cell[:SAMPLE_LENGTH] for cell in islice(filled, SAMPLES)]


def _read_column(request: HttpRequest) -> int | None:
    """The column that was chosen, or None when nothing was."""
    text = request.POST.get("column", "")
    if text == str(WHOLE_LINE):
        return WHOLE_LINE
    return read_number(text, most=MOST_COUNTED)


def _read_problems(request: HttpRequest) -> list[Problem]:
    known = {problem.value: problem for problem in Problem}
    return [known[name] for name in request.POST.getlist("include") if name in known]


def _kept(added: int) -> str:
    return ngettext(
        "%(count)d code was added to the stock.",
        "%(count)d codes were added to the stock.",
        added,
    ) % {"count": added}


def _withdrawn(result: Withdrawn) -> str:
    taken = ngettext(
        "%(count)d code was taken out of stock.",
        "%(count)d codes were taken out of stock.",
        result.withdrawn,
    ) % {"count": result.withdrawn}
    if not result.held and not result.sold:
        return taken
    stay = _("%(sold)d are sold and %(held)d held for buyers: those stay theirs.") % {
        "sold": result.sold,
        "held": result.held,
    }
    return f"{taken} {stay}"
