"""Tickets: from the press on Buy to a room in Discord, and to its end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from bot import locks, ticket_names
from bot.models import Panel, ServerSettings, Ticket
from bot.services import outbox, servers
from bot.services.ticket_transitions import TICKETS, move_ticket
from bot.states import TicketStatus
from payments.models import Order
from payments.services.orders import checkout, completion
from payments.states import OrderStatus
from ppob.kit import live
from ppob.kit.db import unit_of_work
from ppob.kit.errors import Conflict, NotFound
from ppob.kit.machine import IllegalMove
from tenants.models import Customer

DEFAULT_TEMPLATE = "ticket-{username}-{product}"
UNRATED_CLOSE_SECS = 86_400  # delivered, and nobody said anything any more
ENDED_CLOSE_SECS = 120  # expired or cancelled: long enough to read why
MAX_OPEN = 5
BOT, CLOCK = "bot", "clock"  # who moves a ticket when nobody pressed anything


class TooManyTickets(Conflict):
    """The buyer has several unpaid tickets already."""

    code = "TOO_MANY_TICKETS"
    default = _(
        "You have several unpaid orders already. Pay or cancel one of them first."
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
class RoomPlan:
    """What Discord needs to make a ticket's channel. Ids are Discord's."""

    ticket_id: int
    topic: str
    names: list[str]
    guild_id: int
    guild_row_id: int
    buyer_id: int
    staff_role_id: int | None
    category_id: int | None


@dataclass(frozen=True)
class _Press:
    """A press on Buy. Ids are our rows'."""

    product_id: int
    guild_id: int
    panel_id: int | None
    request_key: str
    after: int | None


def open_ticket(  # noqa: PLR0913 - what was pressed, where, and by whom
    *,
    customer: Customer,
    guild_id: int,
    product_id: int,
    panel_id: int | None,
    request_key: str,
    now: datetime,
    after: int | None = None,
) -> OpenedTicket:
    """Order a product and open the ticket in which it is paid; `guild_id` is our row's.

    A buyer's open ticket for the same product is returned instead. For one more on
    purpose, `after` is the ticket that the pressed button names: however often that
    button is pressed, one ticket follows it. Raises what `checkout.place_order` raises,
    TooManyTickets, or NotFound where `after` is no ticket of the buyer's for this
    product; then nothing is kept.
    """
    press = _Press(product_id, guild_id, panel_id, request_key, after)
    with unit_of_work("bot.open_ticket"):
        # Ten quick presses queue here, so the second finds what the first has made.
        locks.lock_buyer(customer)
        existing = _find_existing(customer, press, now=now)
        if existing is not None:
            newest = _own_tickets(customer, press).order_by("-pk").first()
            return OpenedTicket(existing, is_new=False, newest=(newest or existing).pk)
        if _count_open(customer) >= MAX_OPEN:
            raise TooManyTickets
        order = checkout.place_order(
            customer=customer, product_id=product_id, request_key=request_key, now=now
        )
        ticket = _create(order, customer, press, now)
    return OpenedTicket(ticket, is_new=True, newest=ticket.pk)


def plan_room(ticket_id: int) -> RoomPlan | None:
    """What the ticket's channel should be; None if it has one or needs none."""
    ticket: Ticket | None = (
        Ticket.objects.select_related("guild", "customer", "order")
        .filter(
            pk=ticket_id,
            channel_id=None,
            status__in=[TicketStatus.OPEN, TicketStatus.PAID],
        )
        .first()
    )
    if ticket is None:
        return None
    settings = servers.settings_of(ticket.guild_id)
    return RoomPlan(
        ticket_id=ticket.pk,
        topic=ticket_names.topic(code=ticket.order.code, reference=ticket.public_id),
        names=ticket_names.attempts(
            ticket.name, number=ticket.number, reference=ticket.public_id.hex[-8:]
        ),
        guild_id=ticket.guild.discord_id,
        guild_row_id=ticket.guild_id,
        buyer_id=ticket.customer.discord_id,
        staff_role_id=settings.staff_role_id,
        category_id=settings.ticket_category_id,
    )


def room_ready(ticket_id: int, *, channel_id: int, name: str) -> bool:
    """The channel exists and is private; False if the ticket has another one."""
    with unit_of_work("bot.room_ready"):
        noted = Ticket.objects.filter(pk=ticket_id, channel_id=None).update(
            channel_id=channel_id, name=name[:100]
        )
        if noted:
            ticket = Ticket.objects.get(pk=ticket_id)
            live.announce(ticket.tenant_id, "tickets", ticket=str(ticket.public_id))
            live.announce(ticket.tenant_id, "outbox")
    return bool(noted)


def abandon(ticket_id: int, *, reason: str, now: datetime) -> None:
    """There can be no room: cancel the order, free its stock, tell the seller."""
    with unit_of_work("bot.abandon"):
        ticket = Ticket.objects.select_related("order").get(pk=ticket_id)
        cancel_unpaid(ticket.order_id, actor=BOT, now=now)
        move_ticket(ticket, TicketStatus.CLOSED, actor=BOT, now=now, reason="no room")
        outbox.to_log(
            guild_id=ticket.guild_id,
            kind="no_room",
            payload={"ticket": ticket.pk, "reason": reason},
            dedupe_key=f"ticket:{ticket.pk}:no-room",
            now=now,
        )


def tell_no_rooms(*, guild_id: int, reason: str, now: datetime) -> None:
    """Tell the seller, once an hour, that buyers are turned away and why."""
    with unit_of_work("bot.tell_no_rooms"):
        outbox.to_log(
            guild_id=guild_id,
            kind="no_room",
            payload={"reason": reason},
            dedupe_key=f"guild:{guild_id}:no-room:{now:%Y%m%d%H}",
            now=now,
        )


def room_lost(channel_id: int, *, now: datetime) -> None:
    """Somebody deleted the channel: the ticket ends, the order goes on without it."""
    with unit_of_work("bot.room_lost"):
        for ticket in Ticket.objects.filter(channel_id=channel_id, closed_at=None):
            move_ticket(
                ticket, TicketStatus.CLOSED, actor=BOT, now=now, reason="channel gone"
            )


def cancel(*, customer: Customer, order: Order, now: datetime) -> None:
    """The buyer changed their mind before paying; IllegalMove if it is too late."""
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
                "close_ticket",
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
        with unit_of_work("bot.cancel_unpaid"):
            checkout.cancel_order(order_id=order_id, actor=actor, now=now)
    except IllegalMove:
        return


def _own_tickets(customer: Customer, press: _Press) -> QuerySet[Ticket]:
    """The buyer's own tickets for the product, ended ones included."""
    tickets: QuerySet[Ticket] = Ticket.objects.filter(
        customer=customer, product_id=press.product_id
    )
    return tickets


def _find_existing(
    customer: Customer, press: _Press, *, now: datetime
) -> Ticket | None:
    """The ticket that this very press, or one with the same wish, has opened before."""
    of_click: Ticket | None = Ticket.objects.filter(
        customer=customer, order__request_key=press.request_key
    ).first()
    if of_click is not None:
        return of_click
    if press.after is None:
        return _find_open(customer, press, now=now)
    own = _own_tickets(customer, press)
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
    panel = Panel.objects.filter(pk=press.panel_id).first() if press.panel_id else None
    line = order.lines.get()
    locks.lock_ticket_numbers()
    last = Ticket.objects.aggregate(last=Max("number"))["last"] or 0
    ticket: Ticket = Ticket.objects.create(
        number=last + 1,
        order=order,
        customer=customer,
        product_id=press.product_id,
        guild_id=press.guild_id,
        panel=panel,
        follows_id=press.after,
        name=ticket_names.base_name(
            panel.name_template if panel else DEFAULT_TEMPLATE,
            username=customer.username,
            product=line.product_name,
            code=order.code,
        ),
        created_at=now,
    )
    outbox.to_ticket(
        ticket, "ticket_guide", dedupe_key=f"ticket:{ticket.pk}:guide", now=now
    )
    TICKETS.note_created(ticket, actor=customer.actor, now=now)
    return ticket
