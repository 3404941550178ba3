"""A product as a form. What may be entered is decided by the catalog's services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog import selectors
from catalog.models import Product
from catalog.services import products
from catalog.services.drafts import (
    DESCRIPTION_LENGTH,
    MAX_MINIMUM_STOCK,
    NAME_LENGTH,
    SKU_LENGTH,
    ProductDraft,
)
from catalog.states import ProductKind
from ppob.kit.errors import InvalidInput
from ppob.kit.forms import EditForm
from ppob.kit.money import MAX_TYPED, read_amount, rupiah

COLUMNS = (
    "name",
    "sku",
    "description",
    "minimum_stock",
    "position",
    "is_active",
    "is_visible",
)


class RupiahField(forms.CharField):
    """Whole rupiah as people type it; `read_amount` says which forms it takes."""

    def __init__(self, *, minimum: int, **options: Any) -> None:
        self.minimum = minimum
        attributes = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(
            widget=forms.TextInput(attrs=attributes), max_length=MAX_TYPED, **options
        )

    def show(self, value: object) -> str:
        """An amount as it is written here."""
        return rupiah(int(str(value)))

    def clean(self, value: Any) -> int:
        """The amount; raises ValidationError with the sentence of InvalidAmount."""
        typed = super().clean(value)
        if not typed:
            return 0
        try:
            return read_amount(typed, minimum=self.minimum)
        except InvalidInput as error:
            raise forms.ValidationError(str(error.sentence)) from error


class ProductForm(forms.Form):
    """Everything a seller decides about a product."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    price = RupiahField(
        label=_("Price"), minimum=1, help_text=_("For example 29000, 29.000 or 29rb.")
    )
    cost = RupiahField(
        label=_("Cost"),
        minimum=0,
        required=False,
        help_text=_("What you pay for it. Viewers and cashiers don't see it."),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=DESCRIPTION_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    image = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP, up to 5 MB."),
        widget=forms.FileInput(
            attrs={
                "accept": "image/png,image/jpeg,image/webp",
                "data-preview": "picture",
            }
        ),
    )
    removes_image = forms.BooleanField(label=_("Remove the picture"), required=False)
    category_id = forms.ChoiceField(label=_("Category"), required=False)
    sku = forms.CharField(
        label="SKU",
        max_length=SKU_LENGTH,
        required=False,
        help_text=_("Your own short name; made from the name if left empty."),
    )
    minimum_stock = forms.IntegerField(
        label=_("Warn me at this stock"),
        min_value=0,
        max_value=MAX_MINIMUM_STOCK,
        initial=5,
        help_text=_("You are told when so many or fewer are left."),
    )
    position = forms.IntegerField(
        label=_("Place on the shelf"),
        min_value=0,
        max_value=10_000,
        initial=0,
        required=False,
        help_text=_("Smaller numbers stand first."),
    )
    is_active = forms.BooleanField(label=_("For sale"), required=False, initial=True)
    is_visible = forms.BooleanField(
        label=_("Shown on the panels"), required=False, initial=True
    )

    product: Product | None = None

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        categories = [
            (category.pk, str(category)) for category in selectors.list_categories()
        ]
        field = self.fields["category_id"]
        field.choices = [("", _("No category")), *categories]  # type: ignore[attr-defined]

    def draft(self) -> ProductDraft:
        """What was entered."""
        data = self.cleaned_data
        kept = {name: data[name] for name in COLUMNS}
        return ProductDraft(
            **kept | {"position": data["position"] or 0},
            price=data["price"],
            cost=data["cost"],
            category_id=int(data["category_id"]) if data["category_id"] else None,
            image=data["image"],
            removes_image=data["removes_image"],
            kind=self.product.kind if self.product else ProductKind.CODE,
        )


class ProductChangeForm(ProductForm, EditForm):
    """A product's form over what it is now."""

    def __init__(self, *args: Any, product: Product, **kw: Any) -> None:
        self.product = product
        kw |= {"initial": _initial(product), "facts": products.facts_of(product)}
        super().__init__(*args, **kw)

    def typed_facts(self) -> dict[str, object]:
        """What was typed; the picture is compared by the service alone."""
        draft = self.draft()
        return {
            name: getattr(draft, name)
            for name in (*COLUMNS, "price", "cost", "category_id")
        }


def _initial(product: Product) -> dict[str, Any]:
    values = {name: getattr(product, name) for name in COLUMNS}
    return values | {
        "price": product.price,
        "cost": product.cost or "",
        "category_id": product.category_id or "",
    }
