"""Price rules and how the store reckons, as forms."""

import re
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog import selectors
from catalog.dashboard.forms import RupiahField
from catalog.models import PricePolicy, PriceRule, Product
from catalog.pricing import MOST_PIECES, percent
from catalog.services.prices import (
    NAME_LENGTH,
    STEPS,
    STORE,
    RuleDraft,
    TermsDraft,
    facts_of,
    facts_of_terms,
)
from catalog.states import CostReaction, PriceBasis
from ppob.kit.forms import EditForm
from ppob.kit.money import rupiah
from tenants.models import Tenant
from tenants.states import CustomerTier

_PERCENT = re.compile(r"(?P<whole>\d{1,4})(?:[.,](?P<part>\d{1,2}))? ?%?")


class PercentField(forms.CharField):
    """A per cent as people type it, `5`, `5,5` or `5.5 %`; cleaned in hundredths."""

    def __init__(self, **options: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off"}
        widget = forms.TextInput(attrs=attributes)
        super().__init__(widget=widget, max_length=12, **options)

    def prepare_value(self, value: Any) -> Any:
        """A stored number of hundredths as it would be typed."""
        return percent(value) if isinstance(value, int) else value

    def show(self, value: object) -> str:
        """A rate as it is written here."""
        return percent(int(str(value)))

    def clean(self, value: Any) -> int:
        """The rate in hundredths of a per cent; raises ValidationError."""
        typed = super().clean(value)
        found = _PERCENT.fullmatch(typed.strip()) if typed else None
        if found is None:
            raise forms.ValidationError(_("Enter a per cent, for example 5 or 5,5."))
        return int(found["whole"]) * 100 + int((found["part"] or "0").ljust(2, "0"))


class PriceRuleForm(forms.Form):
    """What certain buyers pay; `product` is offered as what the rule is for."""

    scope = forms.ChoiceField(label=_("For which products"))
    tier = forms.ChoiceField(
        label=_("For whom"),
        choices=CustomerTier.choices,
        help_text=_(
            "It counts for the tiers above as well: better ones never pay more."
        ),
    )
    minimum_quantity = forms.IntegerField(
        label=_("From this quantity on"),
        min_value=1,
        max_value=MOST_PIECES,
        initial=1,
        help_text=_("Pieces of one product in an order; 1 for any."),
    )
    minimum_volume = RupiahField(
        label=_("From this amount in 30 days on"),
        minimum=0,
        required=False,
        help_text=_("What the buyer paid in the last 30 days; empty for any."),
    )
    basis = forms.ChoiceField(label=_("Margin or discount"), choices=PriceBasis.choices)
    rate = PercentField(
        label=_("Per cent"),
        help_text=_("On top of the cost, or off the price; for example 5 or 5,5."),
    )
    name = forms.CharField(
        label=_("Name that buyers read"),
        max_length=NAME_LENGTH,
        required=False,
        help_text=_("For example “Harga reseller”; made from the rule if left empty."),
    )

    def __init__(
        self, *args: Any, product: Product | None = None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        choices: list[tuple[str, str | Promise]] = [(STORE, _("All products"))]
        choices += [
            (f"category-{each.pk}", str(each)) for each in selectors.list_categories()
        ]
        if product is not None:
            choices.append((f"product-{product.pk}", product.name))
        self.fields["scope"].choices = choices  # type: ignore[attr-defined]

    def draft(self) -> RuleDraft:
        """What was entered."""
        data = dict(self.cleaned_data)
        kind, _dash, number = data.pop("scope").partition("-")
        return RuleDraft(
            **data,
            category_id=int(number) if kind == "category" else None,
            product_id=int(number) if kind == "product" else None,
        )


class PriceRuleChangeForm(PriceRuleForm, EditForm):
    """A rule's form over what it is now."""

    def __init__(self, *args: Any, rule: PriceRule, **options: Any) -> None:
        facts = facts_of(rule)
        initial = {name: facts[name] for name in self.base_fields if name in facts}
        initial |= {
            "minimum_volume": rupiah(rule.minimum_volume)
            if rule.minimum_volume
            else "",
        }
        options |= {"initial": initial, "facts": facts, "product": rule.product}
        super().__init__(*args, **options)


class PriceTermsForm(EditForm):
    """How prices are rounded, how low rules may go, and what follows a new cost."""

    step = forms.TypedChoiceField(
        label=_("Round computed prices to"),
        choices=[(step, rupiah(step)) for step in STEPS],
        coerce=int,
    )
    least_rate = PercentField(
        label=_("Least margin"),
        help_text=_(
            "No rule lowers a price below the cost and this much on top. 0 is never "
            "below the cost."
        ),
    )
    on_cost_change = forms.ChoiceField(
        label=_("When a supplier changes a cost"), choices=CostReaction.choices
    )
    alarm_rate = PercentField(
        label=_("Tell me of changes above"),
        help_text=_("In the log channel, once for each price list that is read."),
    )

    def __init__(self, data: Any = None, *, policy: PricePolicy, store: Tenant) -> None:
        facts = facts_of_terms(policy, store)
        super().__init__(data, facts=facts, initial=dict(facts))

    def draft(self) -> TermsDraft:
        """What was entered."""
        return TermsDraft(**self.cleaned_data)
