"""Price lists."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from bot.presenters.draft import BLUE, Draft, EmbedDraft
from bot.presenters.text import plain
from catalog.models import Product
from catalog.states import ProductKind
from ppob.kit.money import rupiah

_CHARACTERS = 3800


def price_list(
    title: str, products: Sequence[Product], stock: Mapping[int, int]
) -> Draft:
    """One line per product; as many as fit."""
    if not products:
        return Draft(text=_("There is nothing for sale here at the moment."))
    lines: list[str] = []
    for product in products:
        line = _line(product, stock.get(product.pk, 0))
        if sum(map(len, lines)) + len(line) > _CHARACTERS:
            left = len(products) - len(lines)
            lines.append(_("… and %(count)d more") % {"count": left})
            break
        lines.append(line)
    heading = plain(title, 80) if title else _("🏷️ Price list")
    return Draft(embed=EmbedDraft(title=heading, text="\n".join(lines), colour=BLUE))


def _line(product: Product, stock: int) -> str:
    line = f"**{plain(product.name, 80)}** · {rupiah(product.price)}"
    if product.kind != ProductKind.CODE:
        return line
    left = _("stock %(count)d") % {"count": stock} if stock else _("sold out")
    return f"{line} · {left}"
