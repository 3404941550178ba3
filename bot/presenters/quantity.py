"""How many pieces of a product a buyer wants."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    BLUE,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    FileDraft,
    MenuDraft,
    OptionDraft,
)
from bot.presenters.text import plain
from payments.models import Order, OrderLine
from ppob.kit.money import rupiah

MENU_LINES = 25


@dataclass(frozen=True)
class QuantityOffer:
    """An order that can have from one to `most` pieces, and its product's picture."""

    order: Order
    line: OrderLine
    most: int
    picture: FileDraft | None = None


def button(order: Order) -> ButtonDraft:
    """Opens the choice."""
    return ButtonDraft(_("🔢 Quantity"), custom_id("quantity", order.pk))


def choose(offer: QuantityOffer) -> Draft:
    """The product with what any number of pieces costs."""
    line = offer.line
    embed = EmbedDraft(
        title=plain(line.product_name, 80),
        text=_("How many do you want? What others take meanwhile is gone."),
        colour=BLUE,
        fields=(
            FieldDraft(_("Price for one"), rupiah(line.unit_price), True),
            FieldDraft(_("You can have"), str(offer.most), True),
            FieldDraft(_("Your order now"), priced(line), True),
        ),
        thumbnail=address_of(offer.picture),
    )
    options = tuple(
        OptionDraft(
            f"{count} × {rupiah(line.unit_price)}",
            str(count),
            f"= {rupiah(count * line.unit_price)}",
        )
        for count in range(1, offer.most + 1)
    )
    menu = MenuDraft(
        custom_id("pieces", offer.order.pk), _("How many?"), options[:MENU_LINES]
    )
    files = (offer.picture,) if offer.picture is not None else ()
    return Draft(embed=embed, rows=(menu,), files=files)


def chosen(offer: QuantityOffer, channel_id: int | None) -> Draft:
    """What the order is about now, and where it goes on."""
    text = _("Order #%(code)s: %(product)s, %(price)s.") % {
        "code": offer.order.code,
        "product": plain(offer.line.product_name, 80),
        "price": priced(offer.line),
    }
    if channel_id is not None:
        text += " " + _("Choose how to pay in the newest message of %(place)s.") % {
            "place": f"<#{channel_id}>"
        }
    return Draft(text=text)


def priced(line: OrderLine) -> str:
    """`3 × Rp 29.000 = Rp 87.000`; a single piece is its price."""
    price = f"{line.quantity} × {rupiah(line.unit_price)}"
    if line.quantity == 1:
        return price
    return f"{price} = **{rupiah(line.quantity * line.unit_price)}**"


def address_of(picture: FileDraft | None) -> str:
    """How an embed names a file of its own message; empty for none."""
    return f"attachment://{picture.name}" if picture is not None else ""
