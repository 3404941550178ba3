"""Codes for the eyes of their buyer, and the list of a buyer's orders."""

from collections.abc import Sequence

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
    Row,
)
from bot.presenters.text import full_time, plain
from payments.models import Order
from payments.services.delivery import RevealedCode
from payments.states import OrderStatus
from ppob.kit.money import rupiah

_IN_MESSAGE = 1500  # characters; longer lists are easier to use as a file
_READABLE = (OrderStatus.DELIVERED, OrderStatus.COMPLETED)


def revealed(codes: Sequence[RevealedCode], order: Order) -> Draft:
    """The codes, to be shown to their buyer alone."""
    title = _("🔐 Order #%(code)s. Do not show this to anybody.") % {"code": order.code}
    listed = "\n".join(code.code for code in codes)
    if len(listed) <= _IN_MESSAGE and "```" not in listed:
        return Draft(text=f"{title}\n```\n{listed}\n```")
    file = FileDraft(f"{order.code}.txt", listed.encode())
    return Draft(text=title, files=(file,))


def history(orders: Sequence[Order]) -> Draft:
    """A buyer's own newest orders, with a button for each whose codes can be read."""
    if not orders:
        return Draft(
            text=_(
                "You have no orders in this store yet. Press Buy on a product panel."
            )
        )
    fields = tuple(_order_field(order) for order in orders)
    readable = [order for order in orders if order.status in _READABLE]
    buttons = [
        ButtonDraft(f"🔐 #{order.code}", custom_id("reveal", order.pk), SUCCESS)
        for order in readable
    ]
    rows: tuple[Row, ...] = tuple(
        tuple(buttons[start : start + 5]) for start in range(0, len(buttons), 5)
    )
    embed = EmbedDraft(title=_("🧾 Your orders"), colour=BLUE, fields=fields)
    return Draft(embed=embed, rows=rows)


def _order_field(order: Order) -> FieldDraft:
    names = ", ".join(plain(line.product_name, 80) for line in order.lines.all())
    words = [
        names,
        rupiah(order.total),
        str(OrderStatus(order.status).label),
        full_time(order.created_at),
    ]
    return FieldDraft(f"#{order.code}", " · ".join(words))
