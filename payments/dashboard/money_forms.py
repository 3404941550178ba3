"""Refunds and the store's money rules as forms."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.dashboard.forms import RupiahField
from payments.models import MoneyPolicy, Order
from payments.services.ledger.policy import (
    MOST_UNDO_SECS,
    PolicyDraft,
    facts_of,
)
from payments.services.orders.purchase_decisions import Verdict
from payments.services.refunds import RefundDraft
from payments.services.refunds.refund_split import Refundable
from payments.states import PurchaseOutcome, RefundTo
from ppob.kit.forms import EditForm
from ppob.kit.money import rupiah


class RefundForm(forms.Form):
    """How much of an order goes back, where to, and why.

    `request_key` names the form, so that it is one refund however often it is sent;
    `seen_refunded` is what had been given back when it was built.
    """

    amount = RupiahField(label=_("Amount"), minimum=1)
    to = forms.ChoiceField(
        label=_("Where to"), choices=RefundTo.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"),
        min_length=3,
        max_length=200,
        help_text=_("It stays with the refund and in the audit trail."),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)
    seen_refunded = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, order: Order, left: Refundable) -> None:
        self.left = left
        initial = {
            "amount": rupiah(left.amount),
            "to": RefundTo.BALANCE,
            "request_key": uuid4(),
            "seen_refunded": order.refunded,
        }
        super().__init__(data, initial=initial)
        self.fields["amount"].help_text = _("At most %(left)s.") % {
            "left": rupiah(left.amount)
        }

    @property
    def form_key(self) -> str:
        """The name under which this form's refund is found again."""
        key: UUID = self.cleaned_data["request_key"]
        return f"form:{key}"

    def clean_amount(self) -> int:
        """No more than what is left."""
        amount: int = self.cleaned_data["amount"]
        if not self.left.amount:
            raise forms.ValidationError(_("Nothing of this order can be refunded."))
        if amount > self.left.amount:
            raise forms.ValidationError(
                _("At most %(left)s can be refunded.")
                % {"left": rupiah(self.left.amount)}
            )
        return amount

    def clean_to(self) -> RefundTo:
        """To the source only as far as the money can go back there."""
        to = RefundTo(self.cleaned_data["to"])
        if to == RefundTo.SOURCE and not self.left.to_source:
            raise forms.ValidationError(str(self.left.why_not_source))
        return to

    def draft(self) -> RefundDraft:
        """What was entered."""
        data = self.cleaned_data
        return RefundDraft(
            amount=data["amount"],
            to=data["to"],
            reason=data["reason"],
            request_key=self.form_key,
            seen_refunded=data["seen_refunded"],
        )


class PolicyForm(EditForm):
    """The store's limits for other people's money."""

    wallet_is_on = forms.BooleanField(
        label=_("Buyers can keep a balance"),
        required=False,
        help_text=_(
            "Odd amounts then go to the buyer's balance at once; otherwise they wait "
            "for your decision."
        ),
    )
    wallet_limit = RupiahField(
        label=_("Highest balance of one buyer"),
        minimum=1_000,
        help_text=_("Up to Rp 20.000.000."),
    )
    deposit_min = RupiahField(
        label=_("Smallest top-up"), minimum=1_000, help_text=_("At least Rp 1.000.")
    )
    refund_approval_above = RupiahField(
        label=_("Refunds above this need a second person"),
        minimum=0,
        help_text=_(
            "Counted per order; 0 means every refund. A higher limit counts a day "
            "later."
        ),
    )
    surplus_approval_above = RupiahField(
        label=_("Written-down money above this needs a second person"),
        minimum=0,
        help_text=_(
            "What came in beyond what was asked for, per buyer and day. A higher limit "
            "counts a day later."
        ),
    )

    undo_secs = forms.IntegerField(
        label=_("A paid top-up can be taken back for (seconds)"),
        min_value=0,
        max_value=MOST_UNDO_SECS,
        help_text=_(
            "No supplier hears of it before. 0 sends it at once; an account that a "
            "top-up has reached before is never kept waiting."
        ),
    )

    late_refund = forms.BooleanField(
        label=_("Give late top-ups back by themselves"),
        required=False,
        help_text=_(
            "After twice the promised time, if no supplier could be asked so far. What "
            "a supplier may have delivered always waits for certainty."
        ),
    )

    def __init__(self, data: Any = None, *, policy: MoneyPolicy) -> None:
        names = (
            "wallet_limit",
            "deposit_min",
            "refund_approval_above",
            "surplus_approval_above",
        )
        initial: dict[str, Any] = {
            name: rupiah(getattr(policy, name)) for name in names
        }
        initial |= {
            "wallet_is_on": policy.wallet_is_on,
            "undo_secs": policy.undo_secs,
            "late_refund": policy.late_refund,
        }
        if policy.raised_from is not None:  # what was entered last, even if it waits
            initial["refund_approval_above"] = rupiah(
                policy.raised_refund_approval or 0
            )
            initial["surplus_approval_above"] = rupiah(
                policy.raised_surplus_approval or 0
            )
        super().__init__(data, facts=facts_of(policy), initial=initial)

    def draft(self) -> PolicyDraft:
        """What was entered."""
        return PolicyDraft(**self.cleaned_data)


class VerdictForm(forms.Form):
    """What somebody saw at the supplier about a top-up that did not end by itself."""

    outcome = forms.ChoiceField(
        label=_("What did you see at the supplier?"),
        choices=PurchaseOutcome.choices,
        widget=forms.RadioSelect,
    )
    serial_number = forms.CharField(
        label=_("Serial number"),
        required=False,
        max_length=200,
        help_text=_("If it was delivered; the buyer can look at it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("How you know"),
        min_length=3,
        max_length=200,
        help_text=_("It stays in the change history, with your name."),
    )

    def verdict(self) -> Verdict:
        """What was entered."""
        data = self.cleaned_data
        return Verdict(
            PurchaseOutcome(data["outcome"]), data["reason"], data["serial_number"]
        )
