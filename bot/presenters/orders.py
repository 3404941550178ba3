"""A buyer's own orders: the list, and one of them as a card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.presenters.bills import PaidBill, fields_of_bills
from bot.presenters.codes import seen_words
from bot.presenters.draft import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    SUCCESS,
    ButtonDraft,
    Draft,
    EmbedDraft,
    FieldDraft,
    MenuDraft,
    OptionDraft,
    Row,
)
from bot.presenters.quantity import fields_of, handed, pieces_of, reveal_button
from bot.presenters.text import cleaned, countdown, deadline, full_time, plain
from payments.handed import Handed, handed_of
from payments.models import Order, OrderLine
from payments.states import OrderStatus
from ppob.kit.money import rupiah

_MOST_BUTTONS = 25
_READABLE = (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
_COLOURS = {
    OrderStatus.AWAITING_PAYMENT: AMBER,
    OrderStatus.UNDER_REVIEW: AMBER,
    OrderStatus.DELIVERED: GREEN,
    OrderStatus.COMPLETED: GREEN,
    OrderStatus.EXPIRED: GREY,
    OrderStatus.CANCELLED: GREY,
    OrderStatus.REFUNDED: GREY,
}


@dataclass(frozen=True)
class OrderPage:
    """Orders, newest first, when their codes were first seen, and where it goes on.

    `store_id` is our row's: where no server says which store it is, the buttons do.
    """

    orders: list[Order]
    seen: dict[int, datetime]
    is_first: bool
    next_before: int | None
    store_id: int


@dataclass(frozen=True)
class OrderCard:
    """One order with what its buyer wants to know.

    `channel_id` is an open ticket's, `page` the address of its page on the web, or ""
    where the buyer could not open that.
    """

    order: Order
    lines: list[OrderLine]
    discounts: tuple[FieldDraft, ...]
    first_seen_at: datetime | None
    channel_id: int | None
    page: str
    bills: tuple[PaidBill, ...] = ()


def history(page: OrderPage) -> Draft:
    """A page of a buyer's orders: each opens from the menu, its goods by a button."""
    if not page.orders:
        return Draft(text=_no_orders(is_first=page.is_first))
    fields = tuple(_field(order, page.seen.get(order.pk)) for order in page.orders)
    buttons = [
        ButtonDraft(
            f"{_sign_of(order)} #{order.code}", custom_id("reveal", order.pk), SUCCESS
        )
        for order in page.orders
        if order.status in _READABLE
    ]
    labels = [(order.pk, _label(order)) for order in page.orders]
    rows: list[Row] = [order_menu(labels, store_id=page.store_id)]
    rows += [tuple(buttons[start : start + 5]) for start in range(0, len(buttons), 5)]
    if turns := _turns(page):
        rows.append(turns)
    embed = EmbedDraft(title=_("🧾 Your orders"), colour=BLUE, fields=fields)
    return Draft(embed=embed, rows=tuple(rows))


def _sign_of(order: Order) -> str:
    """What stands before its code: the sign of the button that opens such goods."""
    signs = {Handed.CODES: "🔐", Handed.SERIAL_NUMBERS: "🔢", Handed.RECEIPTS: "🧾"}
    return signs[handed_of(line.kind for line in order.lines.all())]


def order_menu(
    orders: list[tuple[int, str]], *, store_id: int | None = None
) -> MenuDraft:
    """A menu that opens one of these orders: our row's id and a label each.

    With `store_id` (our row's) it also works in direct messages.
    """
    options = tuple(OptionDraft(label, str(pk)) for pk, label in orders)
    chosen = custom_id("orders") if store_id is None else custom_id("chosen", store_id)
    return MenuDraft(chosen, _("Open an order…"), options)


def choose_store(stores: Sequence[tuple[int, str]]) -> Draft:
    """In which store to look: our row's id and the name of each, 25 at most."""
    buttons = [
        ButtonDraft(cleaned(name, 80), custom_id("mine", pk, 0))
        for pk, name in stores[:_MOST_BUTTONS]
    ]
    rows = tuple(
        tuple(buttons[start : start + 5]) for start in range(0, len(buttons), 5)
    )
    return Draft(text=_("Whose orders would you like to see?"), rows=rows)


def no_orders_anywhere() -> Draft:
    """Somebody who never bought asks for their orders."""
    return Draft(text=_("You have not ordered in any store of this bot yet."))


def card(found: OrderCard) -> Draft:
    """One order: where it stands, what happens next, and what its buyer can do."""
    order = found.order
    status = OrderStatus(order.status)
    fields = [
        *fields_of([pieces_of(line) for line in found.lines]),
        *fields_of_bills(found.bills),
        *found.discounts,
    ]
    fields.append(FieldDraft(_("Total"), f"**{rupiah(order.total)}**", True))
    fields.append(FieldDraft(_("What happened"), "\n".join(_steps(found))))
    embed = EmbedDraft(
        title=_("Order #%(code)s: %(status)s")
        % {"code": order.code, "status": status.label},
        text=_next_step(found),
        colour=_COLOURS.get(status, BLUE),
        fields=tuple(fields),
    )
    return Draft(embed=embed, rows=_actions(found))


def _no_orders(*, is_first: bool) -> str:
    if is_first:
        return _("You have no orders in this store yet. Press Buy on a product panel.")
    return _("There are no older orders.")


def _field(order: Order, seen_at: datetime | None) -> FieldDraft:
    names = ", ".join(plain(line.product_name, 80) for line in order.lines.all())
    words = [
        names,
        rupiah(order.total),
        str(OrderStatus(order.status).label),
        full_time(order.created_at),
    ]
    if seen_at is not None:
        words.append(seen_words(seen_at))
    return FieldDraft(f"#{order.code}", " · ".join(words))


def _label(order: Order) -> str:
    names = ", ".join(cleaned(line.product_name, 50) for line in order.lines.all())
    return f"#{order.code} · {names} · {rupiah(order.total)}"


def _turns(page: OrderPage) -> tuple[ButtonDraft, ...]:
    turns = []
    if not page.is_first:
        first = custom_id("mine", page.store_id, 0)
        turns.append(ButtonDraft(_("◀ Newest"), first))
    if page.next_before is not None:
        older = custom_id("mine", page.store_id, page.next_before)
        turns.append(ButtonDraft(_("Older ▶"), older))
    return tuple(turns)


def _steps(found: OrderCard) -> list[str]:
    order = found.order
    times = [
        (_("Ordered"), order.created_at),
        (_("Paid"), order.paid_at),
        (_("Delivered"), order.delivered_at),
        (_("Completed"), order.completed_at),
    ]
    steps = [f"{word} {full_time(moment)}" for word, moment in times if moment]
    if order.reserved:
        steps.append(
            _("From your balance, set aside: %(amount)s")
            % {"amount": rupiah(order.reserved)}
        )
    if order.refunded:
        steps.append(_("Refunded: %(amount)s") % {"amount": rupiah(order.refunded)})
    if found.first_seen_at is not None:
        steps.append(seen_words(found.first_seen_at))
    return steps


def _next_step(found: OrderCard) -> str:
    order = found.order
    words = {
        OrderStatus.UNDER_REVIEW: _("The seller looks at this order. Nothing to do."),
        OrderStatus.AWAITING_PAYMENT: _(
            "Choose how you pay. The stock is set aside until %(when)s."
        )
        % {"when": deadline(order.expires_at)},
        OrderStatus.PAID: _("Your money is here. The order is being prepared."),
        OrderStatus.DELIVERING: _("Your money is here. The order is being prepared."),
        OrderStatus.DELIVERED: _shown_how(found),
        OrderStatus.COMPLETED: _shown_how(found),
        OrderStatus.EXPIRED: _(
            "It was not paid in time and its stock was released %(when)s. Money that "
            "arrives later is not lost: it is recognised and you are told."
        )
        % {"when": countdown(order.expires_at)},
        OrderStatus.CANCELLED: _("It was cancelled. Press Buy to order again."),
        OrderStatus.REFUNDING: _("Your money is on its way back to you."),
        OrderStatus.REFUNDED: _("Your money was given back."),
    }[OrderStatus(order.status)]
    if found.channel_id is None:
        return words
    place = _("Your ticket: %(place)s") % {"place": f"<#{found.channel_id}>"}
    return f"{words}\n{place}"


def _shown_how(found: OrderCard) -> str:
    what = _handed(found)
    if what is Handed.RECEIPTS:
        return _("The bill is paid. Press **🧾 Receipt** for its serial number.")
    if what is Handed.SERIAL_NUMBERS:
        return _("It was sent to the account above.")
    return _("Press **🔐 Show code**. Only you see it.")


def _handed(found: OrderCard) -> Handed:
    return handed([pieces_of(line) for line in found.lines])


def _actions(found: OrderCard) -> tuple[Row, ...]:
    order, web = found.order, on_the_web(found.page)
    if order.status in _READABLE:
        return ((reveal_button(order.pk, _handed(found)), *web),)
    if order.status == OrderStatus.AWAITING_PAYMENT:
        pay = ButtonDraft(_("Ways to pay"), custom_id("change", order.pk), SUCCESS)
        return ((pay, *web),)
    return (web,) if web else ()


def on_the_web(page: str) -> tuple[ButtonDraft, ...]:
    """The button that opens a buyer's own page; none without an address."""
    return (ButtonDraft(_("On the web"), url=page),) if page else ()
