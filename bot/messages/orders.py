"""What buyer and seller read about an order: its ticket, its goods, its end."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from bot.ids import custom_id
from bot.message_kinds import About, Announcement, Audience, MessageKind
from bot.models import Ticket
from bot.presenters import quantity
from bot.presenters.bills import PaidBill, fields_of_bills
from bot.presenters.draft import (
    GREEN,
    GREY,
    SECONDARY,
    ButtonDraft,
    Draft,
    EmbedDraft,
    framed,
)
from bot.presenters.orders import on_the_web
from bot.presenters.quantity import Pieces
from bot.presenters.subject import mention
from bot.presenters.text import countdown, plain
from bot.services import bill_lookups, subjects
from payments import purchase_links
from payments.handed import Handed, handed_of
from payments.models import Order, Review
from payments.states import OrderStatus, PaymentStatus
from ppob.kit.money import rupiah

STARS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class ReadyOrder:
    """An order whose codes are there, whose top-ups or `bills` are paid.

    `page` is the address of the buyer's own page, which also works without the server;
    "" where they could not open it.
    """

    order_id: int
    code: str
    lines: tuple[Pieces, ...]
    buyer_id: int
    page: str
    bills: tuple[PaidBill, ...] = ()


def announce_move(
    *, order: Order, ticket: Ticket, source: OrderStatus, target: OrderStatus
) -> list[Announcement]:
    """What a ticket is told when its order goes on to `target`."""
    key = f"order:{order.pk}:{target.value}"
    return [Announcement({"source": source.value}, key, ticket=ticket)]


def announce_move_to_log(
    *, order: Order, ticket: Ticket, source: OrderStatus, target: OrderStatus
) -> list[Announcement]:
    """The same for the log channel of the ticket's server."""
    key = f"order:{order.pk}:log:{target.value}"
    return [Announcement({"order": order.pk}, key, guild_id=ticket.guild_id)]


def _load_ready(about: About) -> ReadyOrder:
    order = subjects.get_order(about)
    lines = list(order.lines.order_by("pk"))
    return ReadyOrder(
        order.pk,
        order.code,
        tuple(map(quantity.pieces_of, lines)),
        order.customer.discord_id,
        page=purchase_links.find_address(order),
        bills=bill_lookups.bills_of(lines),
    )


def draw_ready(order: ReadyOrder) -> Draft:
    """The goods are there: one button shows codes or serial numbers to the buyer."""
    what = quantity.handed(order.lines)
    title, text = _ready_words(what)
    embed = EmbedDraft(
        title=title % {"code": order.code},
        text=text,
        colour=GREEN,
        fields=(*quantity.fields_of(order.lines), *fields_of_bills(order.bills)),
    )
    stars = tuple(
        ButtonDraft(
            f"⭐ {number}", custom_id("star", order.order_id, number), SECONDARY
        )
        for number in STARS
    )
    reveal = quantity.reveal_button(order.order_id, what)
    first = (reveal, *on_the_web(order.page))
    return Draft(
        text=mention(order.buyer_id),
        embed=embed,
        rows=(first, stars),
        mentions=(order.buyer_id,),
    )


def _ready_words(what: Handed) -> tuple[str, str]:
    if what is Handed.RECEIPTS:
        return _("🎉 Order #%(code)s: the bill is paid"), _(
            "Press **🧾 Receipt** for the serial number that proves it. It is kept for "
            "you, also in `/history`.\n\nIs everything fine? Rate the store with stars."
        )
    if what is Handed.SERIAL_NUMBERS:
        return _("🎉 Order #%(code)s is done"), _(
            "It was sent to the account below. The supplier's serial number is kept "
            "for you, also in `/history`.\n\nIs everything fine? Rate the store with "
            "stars."
        )
    return _("🎉 Order #%(code)s is ready"), _(
        "Press **🔐 Show code**. Only you see it, and you can look again any time, "
        "also with `/history`.\n\nIs everything fine? Rate the store with stars."
    )


ORDER_READY = MessageKind(
    code="order_ready",
    events=("order.delivered",),
    audience=Audience.TICKET,
    must_know=True,
    announce=announce_move,
    load=_load_ready,
    draw=draw_ready,
)


@dataclass(frozen=True)
class CompletedOrder:
    """An order that is over, when its ticket closes, and what stays readable of it."""

    code: str
    closes_at: datetime | None
    handed: Handed = Handed.CODES


def _load_completed(about: About) -> CompletedOrder:
    tickets = Ticket.objects.filter(pk=about.ticket_id)
    closes_at = tickets.values_list("closes_at", flat=True).first()
    order = subjects.get_order(about)
    kinds = order.lines.values_list("kind", flat=True)
    return CompletedOrder(order.code, closes_at, handed_of(kinds))


def draw_completed(order: CompletedOrder) -> Draft:
    """Thank you and goodbye."""
    lines = [_("Thank you! Order #%(code)s is complete.") % {"code": order.code}]
    if order.closes_at is not None:
        stays = {
            Handed.CODES: _(
                "This ticket closes %(when)s. Your codes stay in `/history`."
            ),
            Handed.SERIAL_NUMBERS: _(
                "This ticket closes %(when)s. The serial number stays in `/history`."
            ),
            Handed.RECEIPTS: _(
                "This ticket closes %(when)s. The receipt stays in `/history`."
            ),
        }
        lines.append(stays[order.handed] % {"when": countdown(order.closes_at)})
    return framed("\n".join(lines), GREEN)


ORDER_COMPLETED = MessageKind(
    code="order_completed",
    events=("order.completed",),
    audience=Audience.TICKET,
    must_know=False,
    announce=announce_move,
    load=_load_completed,
    draw=draw_completed,
)


@dataclass(frozen=True)
class Rating:
    """How a buyer rated their order; no stars if they did not."""

    code: str
    stars: int
    words: str


def _load_rating(about: About) -> Rating:
    order = subjects.get_order(about)
    review = Review.objects.filter(order=order).first()
    return Rating(
        order.code,
        stars=review.stars if review else 0,
        words=review.text if review else "",
    )


def draw_rating(rating: Rating) -> Draft:
    """An order is complete, perhaps with a rating."""
    text = _("🏁 Order #%(code)s is complete.") % {"code": rating.code}
    if rating.stars:
        text = f"{text} {'⭐' * rating.stars}"
    if rating.words:
        text = f"{text}\n> {plain(rating.words, 500)}"
    return framed(text, GREEN)


LOG_ORDER_COMPLETED = MessageKind(
    code="log_order_completed",
    events=("order.completed",),
    audience=Audience.STORE,
    must_know=False,
    announce=announce_move_to_log,
    load=_load_rating,
    draw=draw_rating,
)


@dataclass(frozen=True)
class EndedOrder:
    """An unpaid order that ended; `released` rupiah are back on the buyer's balance."""

    code: str
    released: int


def _load_ended(about: About) -> EndedOrder:
    order = subjects.get_order(about)
    rows = order.payments.filter(from_balance=True, status=PaymentStatus.EXPIRED)
    newest = rows.order_by("-pk").first()
    return EndedOrder(order.code, newest.amount if newest is not None else 0)


def draw_expired(order: EndedOrder) -> Draft:
    """Nobody paid in time."""
    text = _(
        "⌛ The time to pay order #%(code)s is over and its stock was released. "
        "Nothing was charged.\nHave you already paid? Your money is safe: it is "
        "recognised as soon as it arrives, and you are told.\n%(again)s"
    ) % {"code": order.code, "again": _how_to_order_again(order.released)}
    return framed(text, GREY)


def draw_cancelled(order: EndedOrder) -> Draft:
    """Buyer or seller called it off."""
    text = _(
        "Order #%(code)s was cancelled and its stock released. Nothing was charged.\n"
        "%(again)s"
    ) % {"code": order.code, "again": _how_to_order_again(order.released)}
    return framed(text, GREY)


def _how_to_order_again(released: int) -> str:
    again = _("Press Buy on the product panel to order again.")
    if not released:
        return again
    back = _("%(amount)s that were set aside are back on your balance.") % {
        "amount": rupiah(released)
    }
    return f"{back}\n{again}"


ORDER_EXPIRED = MessageKind(
    code="order_expired",
    events=("order.expired",),
    audience=Audience.TICKET,
    must_know=True,
    announce=announce_move,
    load=_load_ended,
    draw=draw_expired,
)
ORDER_CANCELLED = MessageKind(
    code="order_cancelled",
    events=("order.cancelled",),
    audience=Audience.TICKET,
    must_know=False,
    announce=announce_move,
    load=_load_ended,
    draw=draw_cancelled,
)


KINDS = (
    ORDER_READY,
    ORDER_COMPLETED,
    LOG_ORDER_COMPLETED,
    ORDER_EXPIRED,
    ORDER_CANCELLED,
)
