"""Suppliers as forms. What is acceptable is decided by the services."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog import selectors as catalog
from catalog.dashboard.forms import RupiahField
from catalog.models import Product
from catalog.states import ProductKind
from inventory.models import SupplierProduct
from inventory.services import entered_goods, supplier_products
from inventory.services.entered_goods import GoodsDraft
from inventory.services.supplier_accounts import AccountDraft
from inventory.services.supplier_products import RouteDraft
from inventory.suppliers.base import Mode, SupplierSpec
from ppob.kit.forms import EditForm
from ppob.kit.money import MAX_AMOUNT
from ppob.kit.provider_forms import MODE_WORDS, KeysMixin, key_fields

USUAL_PERCENT = Decimal(8)
USUAL_FEE = 2_500  # rupiah


class SupplierForm(KeysMixin, forms.Form):
    """A store's account at a supplier, as its spec asks for it."""

    def __init__(
        self, data: Any = None, *, spec: SupplierSpec, modes: Sequence[Mode]
    ) -> None:
        super().__init__(data)
        self.spec = spec
        self.fields["mode"] = forms.ChoiceField(
            label=_("Mode"),
            choices=[(mode, MODE_WORDS[mode]) for mode in modes],
            # Where everything is simulated, nothing else has anybody to talk to.
            initial=Mode.TEST if settings.IS_SIMULATED else modes[0],
        )
        self.fields |= key_fields(spec, is_required=False)
        for key in spec.required_keys(Mode.TEST):
            self.fields[key.name].required = True

    def draft(self) -> AccountDraft:
        """What was entered."""
        data = self.cleaned_data
        return AccountDraft(
            kind=self.spec.code,
            keys={key.name: data[key.name] for key in self.spec.keys},
            is_test=data["mode"] == Mode.TEST,
        )


class SupplierKeysForm(KeysMixin, forms.Form):
    """New secrets of the same account; empty ones stay what they are."""

    def __init__(self, data: Any = None, *, spec: SupplierSpec) -> None:
        super().__init__(data)
        self.spec = spec
        fields = key_fields(spec, is_required=False)
        for key in spec.keys:
            if key.is_secret:
                self.fields[key.name] = fields[key.name]

    def keys(self) -> dict[str, str]:
        """What was entered."""
        return dict(self.cleaned_data)


class ImportForm(forms.Form):
    """Ticked goods that the store shall sell, with a margin."""

    percent = forms.DecimalField(
        label=_("Margin in per cent"),
        min_value=0,
        max_value=500,
        max_digits=5,
        decimal_places=2,
        initial=USUAL_PERCENT,
        help_text=_("Put on the cost; the price is rounded as your store rounds."),
    )
    fee = forms.IntegerField(
        label=_("Fee for each bill (Rp)"),
        required=False,
        min_value=1,
        max_value=MAX_AMOUNT,
        initial=USUAL_FEE,
        help_text=_("Bills cost what the company asks for; this is what you add."),
    )
    is_visible = forms.BooleanField(
        label=_("Show them on the panels at once"), required=False, initial=True
    )


class MapForm(EditForm):
    """Which product of the store one line of a price list is."""

    product = forms.ChoiceField(label=_("Your product"), required=False)
    destination_format = forms.CharField(
        label=_("How the supplier wants the account written"),
        required=False,
        max_length=80,
        help_text=_(
            "Leave it empty for the usual way, for example {user_id}{zone_id}."
        ),
    )

    priority = forms.IntegerField(
        label=_("Priority"),
        required=False,
        min_value=1,
        max_value=supplier_products.MOST_PRIORITY,
        help_text=_("1 is tried first. Empty: as your suppliers are ordered."),
    )
    share = forms.IntegerField(
        label=_("Share of the orders"),
        min_value=0,
        max_value=supplier_products.MOST_SHARE,
        help_text=_(
            "Among suppliers of the same priority: 3 and 1 divide the orders three to "
            "one. 0: only if the others cannot."
        ),
    )
    most_cost = RupiahField(
        label=_("Most that it may cost"),
        minimum=1,
        required=False,
        help_text=_("Above this cost it is not used. Empty: up to your price."),
    )

    def __init__(self, data: Any = None, *, option: SupplierProduct) -> None:
        facts = supplier_products.facts_of(option)
        super().__init__(
            data, facts=facts, initial={**facts, "product": option.product_id or ""}
        )
        kind = ProductKind.BILL if option.is_bill else ProductKind.TOPUP
        self.products: dict[str, Product] = {
            str(product.pk): product
            for product in catalog.list_products(include_hidden=True)
            if product.kind == kind
        }
        names = [(pk, product.name) for pk, product in self.products.items()]
        field = self.fields["product"]
        field.choices = [("", _("None: do not buy this")), *names]  # type: ignore[attr-defined]

    def typed_facts(self) -> dict[str, object]:
        """What was typed, by the names of the facts."""
        product = self.chosen()
        return {**asdict(self.draft()), "product": product.pk if product else None}

    def draft(self) -> RouteDraft:
        """How these goods are used for the product."""
        data = self.cleaned_data
        return RouteDraft(
            destination_format=data["destination_format"],
            priority=data["priority"],
            share=data["share"],
            most_cost=data["most_cost"] or None,
        )

    def chosen(self) -> Product | None:
        """The product, or None for none."""
        return self.products.get(self.cleaned_data["product"])


class GoodsFields(forms.Form):
    """What is entered of a supplier's goods."""

    name = forms.CharField(label=_("Name"), max_length=entered_goods.NAME_LENGTH)
    brand = forms.CharField(
        label=_("Game or operator"),
        required=False,
        max_length=entered_goods.BRAND_LENGTH,
        help_text=_("For example Mobile Legends; your category is found by it."),
    )
    cost = RupiahField(
        label=_("Cost"), minimum=1, help_text=_("What the supplier asks for it.")
    )
    is_available = forms.BooleanField(
        label=_("Can be bought there now"), required=False, initial=True
    )

    def draft(self) -> GoodsDraft:
        """What was entered."""
        names = ("name", "brand", "cost", "is_available")
        return GoodsDraft(**{name: self.cleaned_data[name] for name in names})


class AddGoodsForm(GoodsFields):
    """Goods that were not entered yet."""

    sku = forms.CharField(
        label=_("The supplier's code"),
        max_length=entered_goods.CODE_LENGTH,
        help_text=_("Exactly as it is written there; it is what we order by."),
    )


class ChangeGoodsForm(EditForm, GoodsFields):
    """Goods that were entered; their code stays."""

    def __init__(self, data: Any = None, *, option: SupplierProduct) -> None:
        facts = entered_goods.facts_of(option)
        super().__init__(data, facts=facts, initial=dict(facts))
