"""Ways to pay as forms. What is acceptable is decided by the services."""

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.services.methods import (
    BANKS,
    QRIS_HOLD_SECS,
    TRANSFER_HOLD_SECS,
    WALLETS,
    AccountDraft,
    GatewayDraft,
)
from payments.states import MethodKind

HOLD_CHOICES = [
    (900, _("15 minutes")),
    (1800, _("30 minutes")),
    (3600, _("1 hour")),
    (10_800, _("3 hours")),
    (86_400, _("24 hours")),
]


class HoldField(forms.TypedChoiceField):
    """How long the stock is set aside for a buyer who chose this way to pay."""

    def __init__(self, initial: int) -> None:
        super().__init__(
            label=_("Hold the stock for"),
            choices=HOLD_CHOICES,
            coerce=int,
            initial=initial,
            help_text=_("After that the order expires and the stock is free again."),
        )


class InstructionsField(forms.CharField):
    """Free text that buyers read."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Note for buyers"),
            required=False,
            max_length=1500,
            widget=forms.Textarea(attrs={"rows": 3}),
        )


class AccountForm(forms.Form):
    """A bank or e-wallet account that buyers transfer to."""

    provider = forms.ChoiceField(
        label=_("Bank or e-wallet"),
        choices=[
            (_("Bank"), [(name, name) for name in BANKS]),
            (_("E-wallet"), [(name, name) for name in WALLETS]),
        ],
    )
    account_number = forms.CharField(
        label=_("Account or phone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    account_name = forms.CharField(
        label=_("Name of the account holder"),
        max_length=60,
        help_text=_("Buyers compare it before they send money."),
    )
    hold_secs = HoldField(TRANSFER_HOLD_SECS)
    instructions = InstructionsField()

    def draft(self) -> AccountDraft:
        """What was entered."""
        data = self.cleaned_data
        is_bank = data["provider"] in BANKS
        return AccountDraft(
            kind=MethodKind.BANK if is_bank else MethodKind.EWALLET, **data
        )


class GatewayForm(forms.Form):
    """A merchant account at Tripay; the keys are never shown again."""

    mode = forms.ChoiceField(
        label=_("Mode"),
        choices=[
            ("live", _("Real money (production keys)")),
            ("test", _("Test (sandbox keys)")),
        ],
    )
    merchant_code = forms.CharField(
        label=_("Merchant code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    api_key = forms.CharField(
        label=_("API key"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    private_key = forms.CharField(
        label=_("Private key"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    hold_secs = HoldField(QRIS_HOLD_SECS)
    instructions = InstructionsField()

    def draft(self) -> GatewayDraft:
        """What was entered."""
        data = dict(self.cleaned_data)
        is_test = data.pop("mode") == "test"
        return GatewayDraft(name="QRIS", is_test=is_test, **data)
