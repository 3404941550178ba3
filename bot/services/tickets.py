"""Tickets: from the press on Buy to a channel in Discord, and to its end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from bot import locks, ticket_names
from bot.access import access_own_order
from bot.message_kinds import Chore
from bot.models import Panel, ServerSettings, Ticket
from bot.services import bill_lookups, outbox, topups
from bot.services.announcing import announce
from bot.services.ticket_transitions import TICKETS, move_ticket
from bot.services.topups import Target
from bot.states import TicketStatus
from payments.models import Order, OrderLine
from payments.services.orders import checkout, completion
from payments.services.orders.quote import Item
from payments.states import OrderStatus
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, NotFound
from ppob.kit.i18n import filled
from ppob.kit.machine import IllegalMove
from tenants.models import Customer

DEFAULT_TEMPLATE = "ticket-{username}-{product}"
UNRATED_CLOSE_SECS = 86_400  # delivered, and nobody said anything any more
ENDED_CLOSE_SECS = 120  # expired or cancelled: long enough to read why
MAX_OPEN = 5  # each holds stock, and one of the server's 500 channels
NOWHERE = Target("", "")  # what a code is sent to: it is shown to its buyer
BOT, CLOCK = "bot", "clock"  # who moves a ticket when nobody pressed anything


class TooManyTickets(Conflict):
    """The buyer has several unpaid tickets already."""

    code = "TOO_MANY_TICKETS"
    default = _(
        "You have several unpaid orders already. Pay or cancel one of them first."
    )


class SameOfLate(Conflict):
    """The buyer ordered the very same a moment ago; `order_code` says which."""

    code = "SAME_OF_LATE"

    def __init__(self, order_code: str) -> None:
        self.order_code = order_code
        super().__init__(
            filled(
                _(
                    "You ordered the same for the same account a moment ago: order "
                    "#%(code)s. Press Buy again to order it once more."
                ),
                code=order_code,
            )
        )


@dataclass(frozen=True)
class OpenedTicket:
    """The ticket of a press on Buy; `is_new` unless an earlier press opened it.

    `newest` is the buyer's newest ticket of the product (our row's id): one more that
    is wanted on purpose follows it.
    """

    ticket: Ticket
    is_new: bool
    newest: int

    @property
    def has_ended(self) -> bool:
        """Whether nothing can be paid or read in the ticket any more."""
        return self.ticket.status == TicketStatus.CLOSED


@dataclass(frozen=True)
class _Press:
    """A press on Buy. Ids are our rows'."""

    product_id: int
    guild_id: int
    panel_id: int | None
    request_key: str
    after: int | None
    target: Target = NOWHERE


def open_ticket(  # noqa: PLR0913 - what was pressed, where, and by whom
    *,
    customer: Customer,
    guild_id: int,
    product_id: int,
    panel_id: int | None,
    request_key: str,
    now: datetime,
    after: int | None = None,
    check_id: int | None = None,
    inquiry_id: int | None = None,
    is_sure: bool = False,
) -> OpenedTicket:
    """Order a product and open the ticket in which it is paid; `guild_id` is our row's.

    A top-up takes the check (our row's id) that the buyer confirmed, a bill the answer
    about it; the same again within minutes only where they are sure. A buyer's open
    ticket for the same product and account is returned instead. For one more on
    purpose, `after` is the ticket that the pressed button names: however often that
    button is pressed, one ticket follows it. Raises what `checkout.place_order` raises
    (NeedsDestination for a top-up without a check), SameOfLate, TooManyTickets, or
    NotFound where `after` is no ticket of the buyer's for this product; then nothing is
    kept.
    """
    press = _Press(product_id, guild_id, panel_id, request_key, after)
    with unit_of_work("bot.open_ticket"):
        # Ten quick presses queue here, so the second finds what the first has made.
        locks.lock_buyer(customer)
        press = (
            _answered(press, customer, inquiry_id)
            if inquiry_id is not None
            else _aimed(press, customer, check_id, now=now)
        )
        existing = _find_existing(customer, press, now=now)
        if existing is not None:
            newest = _own_tickets(customer, press).order_by("-pk").first()
            return OpenedTicket(existing, is_new=False, newest=(newest or existing).pk)
        if press.target.destination and not (is_sure or after):
            _refuse_the_same(customer, press, now=now)
        # Counted under the buyer's lock: two presses never both get the last place.
        if _count_open(customer) >= MAX_OPEN:
            raise TooManyTickets
        order = checkout.place_order(
            customer=customer,
            items=[_item_of(press)],
            request_key=request_key,
            now=now,
        )
        ticket = _create(order, customer, press, now)
        if press.target.destination:
            topups.remember(order, now=now)
    return OpenedTicket(ticket, is_new=True, newest=ticket.pk)


def cancel(*, customer: Customer, order_id: int, now: datetime) -> None:
    """The buyer changed their mind before paying; NotYours, or IllegalMove if late."""
    order = access_own_order(customer, order_id)
    checkout.cancel_order(order_id=order.pk, actor=customer.actor, now=now)


def close_ticket(ticket_id: int, *, now: datetime, actor: str = CLOCK) -> None:
    """End a ticket; the bot keeps its transcript, then deletes the channel."""
    with unit_of_work("bot.close_ticket"):
        ticket = Ticket.objects.get(pk=ticket_id)
        if not move_ticket(ticket, TicketStatus.CLOSED, actor=actor, now=now):
            return
        if ticket.channel_id is not None:
            outbox.to_ticket(
                ticket,
                Chore.CLOSE_TICKET,
                # With its time: a ticket that late money reopened is closed again.
                dedupe_key=f"ticket:{ticket.pk}:close:{now:%Y%m%d%H%M%S}",
                now=now,
            )


def finish_ticket(ticket_id: int, *, now: datetime) -> None:
    """A ticket's time has come: complete a delivered order first, then close it.

    The buyer who said nothing for a day is content; a completed order leaves its ticket
    open for as long as the seller chose.
    """
    ticket = Ticket.objects.select_related("order").get(pk=ticket_id)
    if ticket.order.status == OrderStatus.DELIVERED:
        completion.complete_order(order_id=ticket.order_id, actor=CLOCK, now=now)
    else:
        close_ticket(ticket_id, now=now)


def close_after(ticket: Ticket, secs: int, *, now: datetime) -> datetime:
    """Have the ticket close by itself in so many seconds; when that is."""
    closes_at = now + timedelta(seconds=secs)
    Ticket.objects.filter(pk=ticket.pk, closed_at=None).update(closes_at=closes_at)
    return closes_at


def auto_close_secs(ticket: Ticket) -> int:
    """How long a finished ticket stays open, as the seller chose."""
    settings = ServerSettings.objects.filter(guild_id=ticket.guild_id).first()
    return settings.auto_close_secs if settings else 300


def cancel_unpaid(order_id: int, *, actor: str, now: datetime) -> None:
    """Cancel an order if it still waits for its money; otherwise leave it."""
    try:
        # Inside the caller's transaction a refusal undoes this part alone.
        with unit_of_work("bot.cancel_unpaid"):
            checkout.cancel_order(order_id=order_id, actor=actor, now=now)
    except IllegalMove:
        return


def _item_of(press: _Press) -> Item:
    target = press.target
    if target.inquiry_id:
        return Item(press.product_id, inquiry_id=target.inquiry_id)
    return Item(press.product_id, destination=target.destination, name=target.name)


def _answered(press: _Press, customer: Customer, inquiry_id: int) -> _Press:
    """The press with the number that was looked up; NotFound for somebody else's."""
    number, name = bill_lookups.number_of(
        customer=customer, product_id=press.product_id, inquiry_id=inquiry_id
    )
    return replace(press, target=Target(number, name, inquiry_id))


def _aimed(
    press: _Press, customer: Customer, check_id: int | None, *, now: datetime
) -> _Press:
    """The press with the account that it is for; a code goes to nobody's account."""
    if check_id is not None:
        target = topups.target_of(
            customer=customer, product_id=press.product_id, check_id=check_id, now=now
        )
        return replace(press, target=target)
    if press.after is None:
        return press
    # One more of the same is for the same account.
    lines = OrderLine.objects.filter(
        order__tickets=press.after, order__customer=customer
    )
    line = lines.filter(product_id=press.product_id).first()
    if line is None:
        return press
    return replace(press, target=Target(line.destination, line.destination_name))


def _refuse_the_same(customer: Customer, press: _Press, *, now: datetime) -> None:
    code = topups.same_of_late(
        customer,
        product_id=press.product_id,
        destination=press.target.destination,
        now=now,
    )
    if code:
        raise SameOfLate(code)


def _own_tickets(customer: Customer, press: _Press) -> QuerySet[Ticket]:
    """The buyer's own tickets for product and account, ended ones included."""
    tickets: QuerySet[Ticket] = Ticket.objects.filter(
        customer=customer,
        product_id=press.product_id,
        destination=press.target.destination,
    )
    return tickets


def _find_existing(
    customer: Customer, press: _Press, *, now: datetime
) -> Ticket | None:
    """The ticket that this very press, or one like it, has opened before."""
    # The same press heard twice, even when its ticket has ended by now.
    of_click: Ticket | None = Ticket.objects.filter(
        customer=customer, order__request_key=press.request_key
    ).first()
    if of_click is not None:
        return of_click
    if press.after is None:
        return _find_open(customer, press, now=now)
    own = _own_tickets(customer, press)
    # Ids in a button grant nothing: this one may be of anybody's ticket.
    if not own.filter(pk=press.after).exists():
        raise NotFound
    return own.filter(follows_id=press.after).first()


def _find_open(customer: Customer, press: _Press, *, now: datetime) -> Ticket | None:
    """The buyer's newest ticket for this product that still can be paid.

    Those whose order has ended make room for a new one.
    """
    found: Ticket | None = None
    open_ones = _own_tickets(customer, press).filter(status=TicketStatus.OPEN)
    for ticket in open_ones.select_related("order").order_by("-pk"):
        # A unique index lets one be open for each product, so ended ones go first.
        if ticket.order.status in (OrderStatus.EXPIRED, OrderStatus.CANCELLED):
            close_ticket(ticket.pk, now=now, actor=customer.actor)
        elif found is None:
            found = ticket
    return found


def _count_open(customer: Customer) -> int:
    return Ticket.objects.filter(
        customer=customer,
        status=TicketStatus.OPEN,
        order__status=OrderStatus.AWAITING_PAYMENT,
    ).count()


def _create(order: Order, customer: Customer, press: _Press, now: datetime) -> Ticket:
    # It may have been removed meanwhile; a ticket needs no more than its template.
    panel = Panel.objects.filter(pk=press.panel_id).first() if press.panel_id else None
    first = order.lines.order_by("pk")[0]
    # Last of all locks: from here to the commit the store's other buyers wait.
    locks.lock_ticket_numbers()
    last = Ticket.objects.aggregate(last=Max("number"))["last"] or 0
    ticket: Ticket = Ticket.objects.create(
        number=last + 1,
        order=order,
        customer=customer,
        product_id=press.product_id,
        destination=press.target.destination,
        guild_id=press.guild_id,
        panel=panel,
        follows_id=press.after,
        name=ticket_names.base_name(
            panel.name_template if panel else DEFAULT_TEMPLATE,
            username=customer.username,
            product=first.product_name,
            code=order.code,
        ),
        created_at=now,
    )
    announce("ticket.opened", ticket=ticket, turn="", now=now)
    TICKETS.note_created(ticket, actor=customer.actor, now=now)
    return ticket
