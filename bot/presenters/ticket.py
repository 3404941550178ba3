"""What the bot writes in a ticket. Language: whichever is active."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.draft import (
    AMBER,
    BLUE,
    DANGER,
    GREEN,
    GREY,
    PRIMARY,
    RED,
    SECONDARY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    MenuDraft,
    OptionDraft,
    Row,
)
from bot.presenters.text import clock_time, countdown, deadline, plain
from payments.models import Order, OrderLine, PaymentMethod, UnmatchedMoney
from payments.states import UnmatchedReason
from ppob.kit.money import rupiah

STARS = (1, 2, 3, 4, 5)


def guide(
    order: Order,
    lines: Sequence[OrderLine],
    methods: Sequence[PaymentMethod],
    buyer_id: int,
) -> Draft:
    """The first message: what was chosen, how it goes on, and the ways to pay."""
    steps = [
        _("1. Choose how you want to pay below."),
        _("2. Pay exactly the amount that is shown."),
        _("3. Your order appears here by itself, only for you to see."),
    ]
    if not methods:
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
        footer=_("Only you, the seller and this bot can read this channel."),
    )
    cancel = ButtonDraft(_("Cancel order"), custom_id("cancel", order.pk), DANGER)
    rows: tuple[Row, ...] = (*method_rows(order.pk, methods), (cancel,))
    welcome = _("Welcome, %(buyer)s!") % {"buyer": f"<@{buyer_id}>"}
    return Draft(text=welcome, embed=embed, rows=rows, mentions=(buyer_id,))


def method_rows(order_id: int, methods: Sequence[PaymentMethod]) -> tuple[Row, ...]:
    """Up to five ways to pay as buttons, more of them as a menu."""
    if not methods:
        return ()
    if len(methods) <= 5:
        return (
            tuple(
                ButtonDraft(
                    method_label(method),
                    custom_id("pay", order_id, method.pk),
                    SUCCESS if number == 0 else PRIMARY,
                )
                for number, method in enumerate(methods)
            ),
        )
    options = tuple(
        OptionDraft(method_label(method), str(method.pk)) for method in methods[:25]
    )
    return (MenuDraft(custom_id("method", order_id), _("How do you pay?"), options),)


def method_label(method: PaymentMethod) -> str:
    """The method's name; play money says so."""
    name = method.name[:60]
    return _("%(name)s (test)") % {"name": name} if method.is_test else name


def choose_method(order: Order, methods: Sequence[PaymentMethod]) -> Draft:
    """The ways to pay once more, for somebody who wants another one."""
    if not methods:
        return Draft(text=_("This store has no way to pay right now."))
    text = _("How do you want to pay **%(amount)s** for order #%(code)s?") % {
        "amount": rupiah(order.total),
        "code": order.code,
    }
    return Draft(text=text, rows=method_rows(order.pk, methods))


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


def order_ready(order: Order, lines: Sequence[OrderLine], buyer_id: int) -> Draft:
    """The codes are there: one button shows them to the buyer alone."""
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
    text = f"<@{buyer_id}>"
    return Draft(text=text, embed=embed, rows=((reveal,), stars), mentions=(buyer_id,))


def order_completed(order: Order, *, closes_at: datetime | None) -> Draft:
    """Thank you and goodbye."""
    lines = [_("Thank you! Order #%(code)s is complete.") % {"code": order.code}]
    if closes_at is not None:
        lines.append(
            _("This ticket closes %(when)s. Your codes stay in `/history`.")
            % {"when": countdown(closes_at)}
        )
    return Draft(embed=EmbedDraft(text="\n".join(lines), colour=GREEN))


def order_expired(order: Order, *, again: str) -> Draft:
    """Nobody paid in time."""
    text = _(
        "⌛ The time to pay order #%(code)s is over and its stock was released. "
        "Nothing was charged.\nHave you already paid? Your money is safe: it is "
        "recognised as soon as it arrives, and you are told here.\n%(again)s"
    ) % {"code": order.code, "again": again}
    return Draft(embed=EmbedDraft(text=text, colour=GREY))


def order_cancelled(order: Order, *, again: str) -> Draft:
    """The buyer or the seller called it off."""
    text = _(
        "Order #%(code)s was cancelled and its stock released. Nothing was charged.\n"
        "%(again)s"
    ) % {"code": order.code, "again": again}
    return Draft(embed=EmbedDraft(text=text, colour=GREY))


def buy_again() -> str:
    """What to do after an order ended."""
    return _("Press Buy on the product panel to order again.")


def money_unmatched(money: UnmatchedMoney, order: Order) -> Draft:
    """Money came in that fits no order: it is safe, and somebody decides."""
    reasons = {
        UnmatchedReason.OUT_OF_STOCK: _("it came late and the stock is gone"),
        UnmatchedReason.WRONG_AMOUNT: _("it is not the amount that was asked for"),
        UnmatchedReason.ALREADY_PAID: _("the order was already paid"),
    }
    text = _(
        "💰 **%(amount)s** for order #%(code)s arrived, but %(reason)s. "
        "Your money is safe and noted. The seller was told and will deliver or pay it "
        "back; you read it here."
    ) % {
        "amount": rupiah(money.amount),
        "code": order.code,
        "reason": reasons[UnmatchedReason(money.reason)],
    }
    return Draft(embed=EmbedDraft(text=text, colour=AMBER))


def payment_failed(order: Order, methods: Sequence[PaymentMethod]) -> Draft:
    """This way to pay did not work; the others are still there."""
    text = _(
        "⚠️ This way to pay did not work out. Your order #%(code)s is safe and its "
        "stock is still set aside until %(when)s. Please choose a way to pay again."
    ) % {"code": order.code, "when": deadline(order.expires_at)}
    return Draft(
        embed=EmbedDraft(text=text, colour=RED), rows=method_rows(order.pk, methods)
    )


def _line_fields(lines: Sequence[OrderLine]) -> tuple[FieldDraft, ...]:
    return tuple(
        FieldDraft(
            plain(line.product_name, 80),
            f"{line.quantity} × {rupiah(line.unit_price)}",
            True,
        )
        for line in lines
    )
