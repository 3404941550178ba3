"""How many pieces of a product a buyer wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    BLUE,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    FileDraft,
    MenuDraft,
    OptionDraft,
)
from bot.presenters.text import plain
from bot.presenters.topups import account_label
from catalog import destinations
from catalog.states import ProductKind
from payments.handed import Handed
from payments.models import Order, OrderLine
from ppob.kit.money import rupiah

MENU_LINES = 25


@dataclass(frozen=True)
class QuantityOffer:
    """An order that can have from one to `most` pieces, and its product's picture.

    `totals` are what 1, 2, … of them would cost the buyer (rupiah).
    """

    order: Order
    line: OrderLine
    most: int
    totals: tuple[int, ...] = ()
    picture: FileDraft | None = None


@dataclass(frozen=True)
class Pieces:
    """A line of an order: what, how many, and what one costs (rupiah).

    What `is_undelivered` was given back instead. A top-up `goes_to` an account, a bill
    is for a customer number.
    """

    product_name: str
    quantity: int
    unit_price: int
    is_undelivered: bool = False
    goes_to: str = ""
    is_bill: bool = False


def pieces_of(line: OrderLine) -> Pieces:
    """What a message says of an order's line, as plain values."""
    goes_to = ""
    if line.destination:
        account = destinations.readable(line.destination)
        goes_to = account_label(account, line.destination_name)
    return Pieces(
        line.product_name,
        line.quantity,
        line.unit_price,
        line.is_undelivered,
        goes_to,
        is_bill=line.kind == ProductKind.BILL,
    )


def handed(lines: Sequence[Pieces]) -> Handed:
    """What its buyer can read of an order with these lines."""
    if not all(line.goes_to for line in lines):
        return Handed.CODES
    is_bills = bool(lines) and all(line.is_bill for line in lines)
    return Handed.RECEIPTS if is_bills else Handed.SERIAL_NUMBERS


def reveal_button(order_id: int, what: Handed) -> ButtonDraft:
    """Shows a buyer alone what was delivered."""
    labels = {
        Handed.CODES: _("🔐 Show code"),
        Handed.SERIAL_NUMBERS: _("🔢 Serial number"),
        Handed.RECEIPTS: _("🧾 Receipt"),
    }
    return ButtonDraft(labels[what], custom_id("reveal", order_id), SUCCESS)


def button(order_id: int) -> ButtonDraft:
    """Opens the choice."""
    return ButtonDraft(_("🔢 Quantity"), custom_id("quantity", order_id))


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
            FieldDraft(_("Your order now"), _paid_for(line), True),
        ),
        thumbnail=address_of(offer.picture),
    )
    options = tuple(
        OptionDraft(
            f"{count} × {rupiah(line.unit_price)}",
            str(count),
            _reduced(count * line.unit_price, total),
        )
        for count, total in enumerate(offer.totals, start=1)
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
        "price": _paid_for(offer.line),
    }
    if channel_id is not None:
        text += " " + _("Choose how to pay in the newest message of %(place)s.") % {
            "place": f"<#{channel_id}>"
        }
    return Draft(text=text)


def priced(line: Pieces) -> str:
    """`3 × Rp 29.000 = Rp 87.000`; a single piece is its price."""
    price = f"{line.quantity} × {rupiah(line.unit_price)}"
    if line.quantity == 1:
        return price
    return f"{price} = **{rupiah(line.quantity * line.unit_price)}**"


def _paid_for(line: OrderLine) -> str:
    """What a line costs its buyer, with what price rules took off."""
    usual = pieces_of(line)
    if not line.reduction:
        return priced(usual)
    price = f"{line.quantity} × {rupiah(line.unit_price)}"
    return f"{price} − {rupiah(line.reduction)} = **{rupiah(line.price)}**"


def _reduced(usual: int, total: int) -> str:
    less = f" ({rupiah(total - usual)})" if total < usual else ""
    return f"= {rupiah(total)}{less}"


def address_of(picture: FileDraft | None) -> str:
    """How an embed names a file of its own message; empty for none."""
    return f"attachment://{picture.name}" if picture is not None else ""


def fields_of(lines: Sequence[Pieces]) -> tuple[FieldDraft, ...]:
    """An order's lines as named values of an embed."""
    return tuple(chain.from_iterable(map(_fields_of, lines)))


def discounts_of(order: Order) -> tuple[FieldDraft, ...]:
    """What was taken off an order's price, and why."""
    return tuple(
        FieldDraft(plain(each.label, 80), rupiah(each.amount), True)
        for each in order.adjustments.order_by("pk")
    )


def _outcome(line: Pieces) -> str:
    if line.is_undelivered:
        return _("%(price)s\nNot delivered, refunded") % {"price": priced(line)}
    return priced(line)


def _fields_of(line: Pieces) -> tuple[FieldDraft, ...]:
    what = FieldDraft(plain(line.product_name, 80), _outcome(line), True)
    if not line.goes_to:
        return (what,)
    place = _("Customer number") if line.is_bill else _("Goes to")
    return (what, FieldDraft(place, f"**{plain(line.goes_to, 100)}**"))
