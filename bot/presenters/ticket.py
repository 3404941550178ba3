"""What the bot writes in a ticket. Language: whichever is active."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters import quantity
from bot.presenters.draft import (
    BLUE,
    DANGER,
    GREEN,
    GREY,
    RED,
    SECONDARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    FileDraft,
    Row,
)
from bot.presenters.orders import on_the_web
from bot.presenters.paying import Offer, offer_rows
from bot.presenters.text import clock_time, countdown, deadline, plain
from payments.models import Order, OrderLine
from ppob.kit.money import rupiah

STARS = (1, 2, 3, 4, 5)


def guide(
    offer: Offer,
    lines: Sequence[OrderLine],
    buyer_id: int,
    *,
    picture: FileDraft | None = None,
    has_quantities: bool = False,
) -> Draft:
    """The first message: what was chosen, how it goes on, and the ways to pay.

    `has_quantities` says that another number of pieces can be had.
    """
    order = offer.order
    steps = [
        _("1. Choose how you want to pay below."),
        _("2. Pay exactly the amount that is shown."),
        _("3. Your order appears here by itself, only for you to see."),
    ]
    if not offer.methods:
        steps = [_("There is no way to pay yet. Please ask the seller here.")]
    text = _("Stock is set aside for you until %(when)s.") % {
        "when": deadline(order.expires_at)
    }
    embed = EmbedDraft(
        title=_("Order #%(code)s") % {"code": order.code},
        text="\n".join([text, "", *steps]),
        colour=BLUE,
        fields=(
            *_line_fields(lines),
            FieldDraft(_("To pay"), f"**{rupiah(order.total)}**", True),
        ),
        footer=_(
            "Only you, the store's staff and this server's administrators, bots among "
            "them, can read this channel."
        ),
        thumbnail=quantity.address_of(picture),
    )
    cancel = ButtonDraft(_("Cancel order"), custom_id("cancel", order.pk), DANGER)
    last = (quantity.button(order), cancel) if has_quantities else (cancel,)
    rows: tuple[Row, ...] = (*offer_rows(offer), last)
    welcome = _("Welcome, %(buyer)s!") % {"buyer": f"<@{buyer_id}>"}
    return Draft(
        text=welcome,
        embed=embed,
        rows=rows,
        files=(picture,) if picture is not None else (),
        mentions=(buyer_id,),
    )


def payment_received(order: Order, *, amount: int, is_late: bool) -> Draft:
    """The money is there: `amount` rupiah, a unique code included."""
    received = _("✅ Payment of **%(amount)s** received at %(time)s.") % {
        "amount": rupiah(amount),
        "time": clock_time(order.paid_at or order.created_at),
    }
    lines = [received, _("Order #%(code)s is being prepared.") % {"code": order.code}]
    if is_late:
        lines.append(_("It came late, but the stock was still there."))
    return Draft(embed=EmbedDraft(text="\n".join(lines), colour=GREEN))


def order_ready(
    order: Order, lines: Sequence[OrderLine], buyer_id: int, *, page: str
) -> Draft:
    """The codes are there: one button shows them to the buyer alone.

    `page` is the address of the buyer's own page, which also works without the server;
    "" where they could not open it.
    """
    embed = EmbedDraft(
        title=_("🎉 Order #%(code)s is ready") % {"code": order.code},
        text=_(
            "Press **🔐 Show code**. Only you see it, and you can look again any time, "
            "also with `/history`.\n\nIs everything fine? Rate the store with stars."
        ),
        colour=GREEN,
        fields=_line_fields(lines),
    )
    reveal = ButtonDraft(_("🔐 Show code"), custom_id("reveal", order.pk), SUCCESS)
    stars = tuple(
        ButtonDraft(f"⭐ {number}", custom_id("star", order.pk, number), SECONDARY)
        for number in STARS
    )
    return Draft(
        text=f"<@{buyer_id}>",
        embed=embed,
        rows=((reveal, *on_the_web(page)), stars),
        mentions=(buyer_id,),
    )


def order_completed(order: Order, *, closes_at: datetime | None) -> Draft:
    """Thank you and goodbye."""
    lines = [_("Thank you! Order #%(code)s is complete.") % {"code": order.code}]
    if closes_at is not None:
        lines.append(
            _("This ticket closes %(when)s. Your codes stay in `/history`.")
            % {"when": countdown(closes_at)}
        )
    return Draft(embed=EmbedDraft(text="\n".join(lines), colour=GREEN))


def order_expired(order: Order, *, released: int) -> Draft:
    """Nobody paid in time; `released` rupiah went back to the buyer's balance."""
    text = _(
        "⌛ The time to pay order #%(code)s is over and its stock was released. "
        "Nothing was charged.\nHave you already paid? Your money is safe: it is "
        "recognised as soon as it arrives, and you are told.\n%(again)s"
    ) % {"code": order.code, "again": _ended(released)}
    return Draft(embed=EmbedDraft(text=text, colour=GREY))


def order_cancelled(order: Order, *, released: int) -> Draft:
    """Buyer or seller called it off; `released` rupiah went back to the balance."""
    text = _(
        "Order #%(code)s was cancelled and its stock released. Nothing was charged.\n"
        "%(again)s"
    ) % {"code": order.code, "again": _ended(released)}
    return Draft(embed=EmbedDraft(text=text, colour=GREY))


def _ended(released: int) -> str:
    again = _("Press Buy on the product panel to order again.")
    if not released:
        return again
    back = _("%(amount)s that were set aside are back on your balance.") % {
        "amount": rupiah(released)
    }
    return f"{back}\n{again}"


def payment_failed(offer: Offer) -> Draft:
    """This way to pay did not work; the others are still there."""
    order = offer.order
    text = _(
        "⚠️ This way to pay did not work out. Your order #%(code)s is safe and its "
        "stock is still set aside until %(when)s. Please choose a way to pay again."
    ) % {"code": order.code, "when": deadline(order.expires_at)}
    return Draft(embed=EmbedDraft(text=text, colour=RED), rows=offer_rows(offer))


def _line_fields(lines: Sequence[OrderLine]) -> tuple[FieldDraft, ...]:
    return tuple(
        FieldDraft(
            plain(line.product_name, 80),
            quantity.priced(line),
            True,
        )
        for line in lines
    )
