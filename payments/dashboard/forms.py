"""Ways to pay as forms. What is acceptable is decided by the services."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from payments.gateways import registry
from payments.gateways.base import GatewaySpec
from payments.models import PaymentMethod
from payments.services.incoming import methods
from payments.services.incoming.methods import (
    BANKS,
    TRANSFER_HOLD_SECS,
    WALLETS,
    AccountDraft,
    GatewayDraft,
)
from payments.states import MethodKind
from ppob.kit.forms import EditForm
from ppob.kit.provider_forms import MODE_WORDS, KeysMixin, key_fields
from ppob.kit.providers import Mode

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


class GatewayForm(KeysMixin, forms.Form):
    """A merchant account at a gateway, as its spec asks for it.

    The keys are never shown again. `modes` are those that this installation can use.
    """

    def __init__(
        self, data: Any = None, *, spec: GatewaySpec, modes: Sequence[Mode]
    ) -> None:
        super().__init__(data)
        self.spec = spec
        self.fields["mode"] = forms.ChoiceField(
            label=_("Mode"), choices=[(mode, MODE_WORDS[mode]) for mode in modes]
        )
        if len(spec.channels) > 1:
            choices = [(channel.code, channel.label) for channel in spec.channels]
            self.fields["channel"] = forms.ChoiceField(
                label=_("Way to pay"), choices=choices
            )
        self.fields |= key_fields(spec, is_required=True)
        self.fields["hold_secs"] = HoldField(spec.channels[0].hold_secs)
        self.fields["instructions"] = InstructionsField()

    def draft(self) -> GatewayDraft:
        """What was entered."""
        data = self.cleaned_data
        return GatewayDraft(
            gateway=self.spec.code,
            channel=data.get("channel", ""),
            keys={key.name: data[key.name] for key in self.spec.keys},
            is_test=data["mode"] == Mode.TEST,
            hold_secs=data["hold_secs"],
            instructions=data["instructions"],
        )


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


class GatewayChangeForm(KeysMixin, MethodChangeForm):
    """New keys of the same merchant account; empty ones stay what they are."""

    def __init__(self, data: Any = None, *, method: PaymentMethod) -> None:
        super().__init__(data, method=method)
        self.spec = registry.spec_of(method.gateway)
        keys = key_fields(self.spec, is_required=False)
        self.fields |= keys
        self.order_fields([*keys, "hold_secs", "instructions"])

    def draft(self) -> GatewayDraft:
        """What was entered."""
        data = self.cleaned_data
        return GatewayDraft(
            gateway=self.method.gateway,
            channel=self.method.channel,
            name=self.method.name,
            keys={key.name: data[key.name] for key in self.spec.keys},
            is_test=self.method.is_test,
            hold_secs=data["hold_secs"],
            instructions=data["instructions"],
        )
