"""Refunds: asking for one in two steps, and what other people decide about it."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from payments import access, selectors
from payments.dashboard import second_person
from payments.dashboard.money_forms import RefundForm
from payments.handed import handed_of
from payments.models import Order, Refund
from payments.services import refunds
from payments.services.ledger.policy import approval_limits
from payments.services.refunds import RefundedMeanwhile, refund_split
from payments.services.refunds.refund_split import Refundable
from payments.states import RefundStatus
from ppob.kit import clock
from ppob.kit.errors import InvalidInput
from ppob.kit.money import rupiah
from ppob.kit.pages import refusals_as_messages, refusals_at
from tenants import selectors as tenants
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission

QUEUE = "payments:queue"
ORDER = "payments:order"


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.REFUND)
def request_refund(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Enter a refund, read what it will do, and confirm."""
    order = access.access_order(request.member, public_id, to=Permission.REFUND)
    now = clock.now()
    left = refund_split.refundable(order, now=now)
    form = RefundForm(request.POST or None, order=order, left=left)
    if request.POST.get("step") == "confirm":
        return _confirmed(request, order, form, now=now)
    if selectors.find_awaiting_refund(order) is not None:
        messages.info(request, _("A refund of this order waits for approval."))
        return redirect(ORDER, store, public_id)
    if order.status not in selectors.SOLD or not left.amount:
        messages.error(request, _("Nothing of this order can be refunded."))
        return redirect(ORDER, store, public_id)
    plan = None
    if request.method == "POST" and form.is_valid():
        draft = form.draft()
        plan = refunds.make_plan(order, draft.amount, draft.to, now=now)
    return _page(request, order, left, form, plan)


@require_POST
@store_page(Permission.REFUND)
def approve_refund(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """A second person agrees."""
    refund = access.access_refund(request.member, public_id, to=Permission.REFUND)
    with refusals_as_messages(request):
        done = refunds.approve_refund(
            actor=request.member, refund=refund, now=clock.now()
        )
        messages.success(request, _told(done))
    return redirect(QUEUE, store)


@require_POST
@store_page(Permission.REFUND)
def reject_refund(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """A second person disagrees, and says why."""
    refund = access.access_refund(request.member, public_id, to=Permission.REFUND)
    with refusals_as_messages(request):
        reason = request.POST.get("reason", "").strip()
        if not reason:
            raise InvalidInput(_("Say why."), field="reason")
        refunds.reject_refund(
            actor=request.member, refund=refund, reason=reason, now=clock.now()
        )
        messages.success(request, _("Rejected. No money was moved."))
    return redirect(QUEUE, store)


@require_POST
@store_page(Permission.REFUND)
def note_paid_out(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The seller sent the money back by hand."""
    refund = access.access_refund(request.member, public_id, to=Permission.REFUND)
    with refusals_as_messages(request):
        refunds.note_paid_out(
            actor=request.member,
            refund=refund,
            note=request.POST.get("note", ""),
            now=clock.now(),
        )
        messages.success(request, _("Written down as paid back."))
    return redirect(QUEUE, store)


@require_POST
@store_page(Permission.REFUND)
def turn_to_balance(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """The money cannot go back to its source."""
    refund = access.access_refund(request.member, public_id, to=Permission.REFUND)
    with refusals_as_messages(request):
        refunds.turn_to_balance(actor=request.member, refund=refund, now=clock.now())
        messages.success(request, _("The money is on the buyer's balance now."))
    return redirect(QUEUE, store)


def _confirmed(
    request: StoreRequest, order: Order, form: RefundForm, *, now: datetime
) -> HttpResponse:
    """Refund once; the same form sent again finds what it did."""
    store, public_id = request.tenant.slug, order.public_id
    key = str(request.POST.get("request_key", ""))[:60]
    known = selectors.find_refund(f"form:{key}")
    if known is not None and known.order_id == order.pk:
        messages.success(request, _told(known))
        return redirect(ORDER, store, public_id)
    if form.is_valid():
        with refusals_at(form):
            try:
                refund = refunds.request_refund(
                    actor=request.member, order=order, draft=form.draft(), now=now
                )
            except RefundedMeanwhile as refusal:
                messages.error(request, str(refusal.sentence))
                return redirect("payments:refund-order", store, public_id)
            messages.success(request, _told(refund))
            return redirect(ORDER, store, public_id)
    return _page(request, order, form.left, form, None)


def _told(refund: Refund) -> str:
    amount = rupiah(refund.amount)
    if refund.status == RefundStatus.AWAITING_APPROVAL:
        return _(
            "The refund of %(amount)s waits for a second person. No money was moved."
        ) % {"amount": amount}
    if refund.status == RefundStatus.PAYING_OUT:
        return _(
            "The refund of %(amount)s is noted. Send back what goes to its source and "
            "write it down in the money queue."
        ) % {"amount": amount}
    return _("%(amount)s was refunded.") % {"amount": amount}


def _page(
    request: StoreRequest,
    order: Order,
    left: Refundable,
    form: RefundForm,
    plan: refunds.RefundPlan | None,
) -> HttpResponse:
    context = {
        "order": order,
        "left": left,
        "form": form,
        "plan": plan,
        "limit": approval_limits(now=clock.now()).refund,
        "second": second_person.look_for(
            request.member,
            staff=tenants.list_members(),
            buyer=order.customer,
            permission=Permission.REFUND,
        ),
        "handed": handed_of(order.lines.values_list("kind", flat=True)),
        "first_revealed_at": selectors.first_revealed([order.pk]).get(order.pk),
        "section": "orders",
    }
    return render(request, "payments/refund.html", context)
