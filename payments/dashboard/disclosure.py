"""Opening a buyer's codes for a dispute."""

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from payments import access
from payments.handed import handed_of
from payments.services.orders import disclosure
from payments.services.orders.disclosure import MAX_REASON, MIN_REASON
from ppob.kit import clock
from ppob.kit.pages import refusals_at
from tenants.auth import StoreRequest, store_page
from tenants.permissions import Permission


class ReasonForm(forms.Form):
    """Why the codes have to be opened."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The buyer reads this sentence, and it stays in the audit trail."),
        min_length=MIN_REASON,
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@store_page(Permission.REVEAL_CODES, fresh=True)
def open_codes(request: StoreRequest, store: str, public_id: UUID) -> HttpResponse:
    """Ask for the reason, then show the codes in this one answer and nowhere else."""
    order = access.access_order(request.member, public_id, to=Permission.REVEAL_CODES)
    form = ReasonForm(request.POST or None)
    codes = None
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            codes = disclosure.reveal_to_staff(
                actor=request.member,
                order=order,
                reason=form.cleaned_data["reason"],
                now=clock.now(),
            )
    context = {
        "order": order,
        "form": form,
        "codes": codes,
        "handed": handed_of(order.lines.values_list("kind", flat=True)),
        "section": "orders",
    }
    return render(request, "payments/open_codes.html", context)
