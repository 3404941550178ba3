"""Price lists."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from django.utils.translation import gettext as _

from bot.presenters.draft import BLUE, Draft, EmbedDraft
from bot.presenters.text import plain
from bot.presenters.topups import serving_words
from catalog.models import Product
from catalog.pricing import Priced
from catalog.states import ProductKind
from inventory.services.serving import Serving
from ppob.kit.money import rupiah

_CHARACTERS = 3800
MOST_LINES = _CHARACTERS // len("**A** · Rp 1")


def price_list(
    title: str,
    products: Sequence[Product],
    stock: Mapping[int, int],
    serving: Mapping[int, Serving],
    *,
    prices: Mapping[int, Priced] = MappingProxyType({}),
    total: int = 0,
) -> Draft:
    """One line per product; as many as fit. `total` counts those that are not given.

    `prices` are the reader's own by our row's id, where they are not the usual ones.
    """
    if not products:
        return Draft(text=_("There is nothing for sale here at the moment."))
    lines: list[str] = []
    for product in products:
        line = _line(
            product,
            stock.get(product.pk, 0),
            serving.get(product.pk),
            prices.get(product.pk) or Priced(product.price, product.price),
        )
        if sum(map(len, lines)) + len(line) > _CHARACTERS:
            break
        lines.append(line)
    left = max(total, len(products)) - len(lines)
    if left:
        lines.append(_("… and %(count)d more") % {"count": left})
    heading = plain(title, 80) if title else _("🏷️ Price list")
    return Draft(embed=EmbedDraft(title=heading, text="\n".join(lines), colour=BLUE))


def label_of(priced: Priced) -> str:
    """The word for why somebody pays less than usual, "" where they don't."""
    return priced.rule.label if priced.rule else ""


def _line(product: Product, stock: int, serving: Serving | None, priced: Priced) -> str:
    price = rupiah(priced.total)
    if product.kind == ProductKind.BILL:
        price = _("fee %(price)s") % {"price": price}
    line = f"**{plain(product.name, 80)}** · {price}"
    if label := label_of(priced):
        line += f" ({plain(label, 40)})"
    if serving is not None:
        # What can be bought needs no word; what cannot says why, and until when.
        return line if serving.is_possible else f"{line} · {serving_words(serving)}"
    left = _("stock %(count)d") % {"count": stock} if stock else _("sold out")
    return f"{line} · {left}"
