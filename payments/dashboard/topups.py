"""A top-up that did not end by itself: everything about it, and what staff decides."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog import destinations
from inventory import access
from inventory import selectors as inventory
from inventory.models import Purchase, PurchaseAttempt, PurchaseEvent
from inventory.services import purchase_resolution, purchases
from inventory.states import AttemptStatus, PurchaseStatus
from payments.dashboard import second_person
from payments.dashboard.money_forms import VerdictForm
from payments.services.orders import purchase_decisions
from ppob.kit import clock
from ppob.kit.pages import refusals_as_messages, refusals_at
from tenants import selectors as tenants
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

QUEUE, PAGE = "payments:queue", "payments:top-up"


@dataclass(frozen=True)
class AttemptRow:
    """One try at one supplier, and whether the supplier can be asked about it."""

    attempt: PurchaseAttempt

    @property
    def can_ask(self) -> bool:
        """Whether something of it may have arrived and nobody knows the end."""
        return self.attempt.status in (AttemptStatus.SENDING, AttemptStatus.UNKNOWN)


@dataclass(frozen=True)
class StepRow:
    """One step of the top-up or of a try, in words."""

    event: PurchaseEvent

    @property
    def statuses(self) -> type[AttemptStatus] | type[PurchaseStatus]:
        """Whose step it is."""
        return AttemptStatus if self.event.attempt_id else PurchaseStatus

    @property
    def source(self) -> str:
        """What it was before; empty for the first step."""
        event = self.event
        return str(self.statuses(event.source).label) if event.source else ""

    @property
    def target(self) -> str:
        """What it became."""
        return str(self.statuses(self.event.target).label)

    @property
    def reason(self) -> str:
        """Why: our own words in the reader's language, a person's as they are."""
        reason = self.event.reason
        return str(_REASONS.get(reason, reason))


# What the steps themselves keep is the same for every reader.
_REASONS = {
    "renamed": gettext_lazy("the account has another name by now"),
    "down": gettext_lazy("the supplier does not answer"),
    "unreachable": gettext_lazy("the supplier could not be reached"),
    "lease over": gettext_lazy("no answer came in time"),
    "open for too long": gettext_lazy("open for too long"),
    "too old to ask": gettext_lazy("too old to ask the supplier"),
    "the supplier has it": gettext_lazy("the supplier has it"),
    "its day is over": gettext_lazy("the bill's day is over"),
    "the bill has changed": gettext_lazy("the bill has changed"),
    "try again": gettext_lazy("tried again by staff"),
}


@require_safe
@store_page(Permission.SEE_ORDERS)
def top_up(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Every try, answer and step of one top-up, and what can be decided."""
    purchase = access.access_purchase(
        request.member, public_id, to=Permission.SEE_ORDERS
    )
    return render(request, "payments/topup.html", _context(request, purchase))


@require_POST
@store_page(Permission.SETTLE_MONEY)
def decide_top_up(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """It was delivered, or certainly was not, as a person saw it at the supplier."""
    purchase = access.access_purchase(
        request.member, public_id, to=Permission.SETTLE_MONEY
    )
    form = VerdictForm(request.POST)
    is_done = False
    if form.is_valid():
        with refusals_at(form):
            is_done = purchase_decisions.decide(
                actor=request.member,
                purchase=purchase,
                verdict=form.verdict(),
                now=clock.now(),
            )
    if form.errors:
        context = {**_context(request, purchase), "form": form}
        return render(request, "payments/topup.html", context)
    if is_done:
        messages.success(request, _("Decided. The buyer is told by itself."))
    else:
        messages.info(request, _("Noted. A second person has to say the same."))
    return redirect(QUEUE, store)


@require_POST
@store_page(Permission.SETTLE_MONEY)
def go_on_with_top_up(
    request: StoreRequest, store: str, public_id: UUID
) -> HttpResponse:
    """Wait longer, try another time, or ask the supplier at once."""
    purchase = access.access_purchase(
        request.member, public_id, to=Permission.SETTLE_MONEY
    )
    deed, now = request.POST.get("do", ""), clock.now()
    with refusals_as_messages(request):
        if deed == "wait":
            purchase_resolution.wait_longer(
                actor=request.member, purchase=purchase, now=now
            )
            messages.success(request, _("It is asked about for another half an hour."))
        elif deed == "again":
            purchase_resolution.try_again(
                actor=request.member, purchase=purchase, now=now
            )
            messages.success(request, _("It is tried once more."))
        elif deed == "ask":
            _ask(request, purchase)
    return redirect(PAGE, store, public_id)


@require_POST
@store_page(Permission.SETTLE_MONEY)
def note_contradiction(
    request: StoreRequest, store: str, public_id: UUID
) -> HttpResponse:
    """Somebody dealt with what a supplier said against its own earlier word."""
    purchase = access.access_purchase(
        request.member, public_id, to=Permission.SETTLE_MONEY
    )
    open_ones = [
        attempt
        for attempt in inventory.list_discrepancies()
        if attempt.purchase_id == purchase.pk
    ]
    with refusals_as_messages(request):
        for attempt in open_ones:
            purchase_resolution.note_discrepancy(
                actor=request.member,
                attempt=attempt,
                note=request.POST.get("note", ""),
                now=clock.now(),
            )
        if open_ones:
            messages.success(request, _("Noted."))
        else:
            messages.info(request, _("Somebody has noted this already."))
    return redirect(QUEUE, store)


def _ask(request: StoreRequest, purchase: Purchase) -> None:
    attempts, _events = inventory.evidence(purchase)
    asked = [row.attempt for row in map(AttemptRow, attempts) if row.can_ask]
    for attempt in asked:
        purchases.ask_now(attempt_id=attempt.pk, now=clock.now())
    if asked:
        messages.info(request, _("The supplier was asked. This is what it said."))
    else:
        messages.warning(request, _("Nothing was sent that could be asked about."))


def _context(request: StoreRequest, purchase: Purchase) -> dict[str, object]:
    now = clock.now()
    attempts, events = inventory.evidence(purchase)
    line = purchase_decisions.line_of(purchase)
    needs_two = purchase_decisions.needs_two(line, now=now)
    return {
        "purchase": purchase,
        "line": line,
        "order": line.order,
        "account": destinations.readable(purchase.destination),
        "attempts": list(map(AttemptRow, attempts)),
        "steps": list(map(StepRow, events)),
        "names": tenants.staff_names(event.actor for event in events),
        "verdict": purchase_decisions.verdict_about(purchase),
        "needs_two": needs_two,
        "second": second_person.look_for(
            request.member,
            staff=tenants.list_members(),
            buyer=line.order.customer,
            permission=Permission.SETTLE_MONEY,
        )
        if needs_two
        else None,
        "form": VerdictForm(),
        "section": "money",
    }
