"""Ways to pay as forms. What is acceptable is decided by the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.models import PaymentMethod
from payments.services.incoming import methods
from payments.services.incoming.methods import (
    BANKS,
    QRIS_HOLD_SECS,
    TRANSFER_HOLD_SECS,
    WALLETS,
    AccountDraft,
    GatewayDraft,
)
from payments.states import MethodKind
from ppob.kit.forms import EditForm

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


class MethodChangeForm(EditForm):
    """What can be changed of every way to pay."""

    hold_secs = HoldField(TRANSFER_HOLD_SECS)
    instructions = InstructionsField()

    def __init__(self, data: Any = None, *, method: PaymentMethod) -> None:
        self.method = method
        super().__init__(
            data, facts=methods.facts_of(method), initial=self.initial_of(method)
        )
        secs = method.hold_secs
        if secs not in dict(HOLD_CHOICES):
            own = (secs, _("%(minutes)d minutes") % {"minutes": secs // 60})
            field = self.fields["hold_secs"]
            field.choices = [own, *HOLD_CHOICES]  # type: ignore[attr-defined]

    def initial_of(self, method: PaymentMethod) -> dict[str, Any]:
        """What is set now; never a key."""
        return {"hold_secs": method.hold_secs, "instructions": method.instructions}


class AccountChangeForm(MethodChangeForm):
    """Another number or name of the same account; the bank stays."""

    account_number = AccountForm.base_fields["account_number"]
    account_name = AccountForm.base_fields["account_name"]
    field_order = ("account_number", "account_name", "hold_secs", "instructions")

    def initial_of(self, method: PaymentMethod) -> dict[str, Any]:
        """What is set now."""
        return super().initial_of(method) | method.details

    def draft(self) -> AccountDraft:
        """What was entered."""
        return AccountDraft(
            kind=MethodKind(self.method.kind),
            provider=self.method.details.get("provider", ""),
            **self.cleaned_data,
        )


class GatewayChangeForm(MethodChangeForm):
    """New keys of the same merchant account; empty ones stay what they are."""

    merchant_code = forms.CharField(
        label=_("Merchant code"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    api_key = forms.CharField(
        label=_("API key"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    private_key = forms.CharField(
        label=_("Private key"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    field_order = (
        "merchant_code",
        "api_key",
        "private_key",
        "hold_secs",
        "instructions",
    )

    def draft(self) -> GatewayDraft:
        """What was entered."""
        return GatewayDraft(
            name=self.method.name,
            is_test=self.method.is_test,
            gateway=self.method.gateway,
            **self.cleaned_data,
        )
