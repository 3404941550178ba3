"""Which of a supplier's goods seems to be which product: proposed, never decided."""

import re
from collections.abc import Iterable, Sequence

from catalog import games
from catalog.models import Product
from inventory.models import SupplierProduct

_NUMBER = re.compile(r"\d+(?:[.,]\d{3})*", re.ASCII)


def propose(
    goods: Iterable[SupplierProduct], products: Sequence[Product]
) -> dict[int, Product]:
    """The product that each line most likely is, by our row's id; none where unclear.

    Only the same game and the same amount count: 86 and 88 diamonds are not the same,
    and two products of one amount are for a person to tell apart.
    """
    by_key: dict[tuple[str, int], list[Product]] = {}
    for product in products:
        amount = _amount(product.name)
        if product.category is not None and amount is not None:
            key = (product.category.code, amount)
            by_key.setdefault(key, []).append(product)
    proposed = {}
    for option in goods:
        kind = games.find_kind(option.brand, option.category)
        amount = _amount(option.name)
        found = by_key.get((kind.code, amount)) if kind and amount is not None else None
        if found is not None and len(found) == 1:
            proposed[option.pk] = found[0]
    return proposed


def _amount(name: str) -> int | None:
    """The one number in a name; None for none, or for several."""
    numbers = {int(re.sub(r"[.,]", "", found)) for found in _NUMBER.findall(name)}
    return numbers.pop() if len(numbers) == 1 else None
