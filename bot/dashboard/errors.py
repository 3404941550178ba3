"""Failures by the code that a buyer was told: what it was, when, whose, what to do."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from bot import selectors
from bot.models import ErrorReport
from bot.presenters.failures import doing_words
from ppob.kit.pages import read_position, read_search
from tenants import selectors as tenants
from tenants.auth import StoreRequest, store_page
from tenants.models import Customer
from tenants.permissions import Permission

PAGE = 50


@dataclass(frozen=True)
class ErrorRow:
    """A failure in a seller's words; `buyer` is None for who never bought here."""

    report: ErrorReport
    doing: Promise
    buyer: Customer | None


@require_safe
@store_page(Permission.SEE_ORDERS)
def errors(request: StoreRequest, store: str) -> HttpResponse:
    """Look a code up; below, what failed in the last month."""
    code = read_search(request, longest=20)
    before = read_position(request)
    found = selectors.find_error(code) if code else None
    reports = selectors.error_page(before=before, limit=PAGE + 1)
    shown = [found] if found is not None else []
    buyers = tenants.buyers_of(
        {report.discord_id for report in [*reports[:PAGE], *shown]}
    )
    context = {
        "search": code,
        "found": _row(found, buyers) if found is not None else None,
        "reports": [_row(report, buyers) for report in reports[:PAGE]],
        "older": reports[PAGE - 1].pk if len(reports) > PAGE else None,
        "is_first_page": before is None,
        "section": "tickets",
    }
    return render(request, "bot/errors.html", context)


def _row(report: ErrorReport, buyers: dict[int, Customer]) -> ErrorRow:
    return ErrorRow(report, doing_words(report.doing), buyers.get(report.discord_id))
