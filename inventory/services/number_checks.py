"""Telephone numbers and the goods for them: of one operator, as far as that is known.

What went to a number of another operator is lost or refused an hour later; a number
whose operator nobody can tell is never refused for it.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from catalog import games
from catalog.models import Product
from inventory.models import SupplierProduct
from ppob.kit.errors import InvalidInput
from ppob.kit.i18n import filled

_OF_OPERATORS = (games.PULSA.code, games.DATA.code)


class WrongOperator(InvalidInput):
    """The goods are for numbers of another operator than this one's."""

    code = "WRONG_OPERATOR"


def require_operator(product: Product, account: Mapping[str, str]) -> None:
    """Raise WrongOperator for credit or data that cannot be for this number.

    Whose goods they are is told by the supplier's brand; where none is mapped or they
    disagree, by the product's own name.
    """
    category = product.category
    if category is None or category.code not in _OF_OPERATORS:
        return
    of_number = games.operator_of(account.get("phone", ""))
    if of_number is None:
        return
    of_goods = _operator_of(product)
    if of_goods is not None and of_goods != of_number:
        raise WrongOperator(
            filled(
                _(
                    "This is a number of %(number)s, and the product is for "
                    "%(product)s. Nothing was charged; please look at the number."
                ),
                number=of_number,
                product=of_goods,
            ),
            field="destination",
        )


def _operator_of(product: Product) -> str | None:
    mapped = SupplierProduct.objects.filter(product=product).order_by("pk")
    brands = list(mapped.values_list("brand", flat=True))
    return games.operator_named(*brands) or games.operator_named(product.name)
